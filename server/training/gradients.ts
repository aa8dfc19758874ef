/** One optimizer step's loss and gradients, summed over its micro-batches. */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../base/random.ts';
import type { Batch } from '../data/batches.ts';
import { borrow } from '../engine/index.ts';
import type { CompiledStep } from '../engine/types.ts';
import { batchTensors, randomTensors, type Tensors, trainableTensors } from './feed.ts';
import type { TrainableModel } from './types.ts';

export class GradientAccumulator {
  private readonly model: TrainableModel;
  private readonly compiled: CompiledStep;
  private readonly seed: number;
  private readonly classWeights: Float32Array | undefined;
  /** Made when there is more than one micro-batch: as large as all trainable tensors. */
  private readonly sums = new Map<string, Float32Array>();
  /** What the last micro-batch gave, while `gradients` may look at it. */
  private outputs: Tensors = {};
  private current: ReadonlyMap<string, Float32Array> = new Map();

  /** `compiled` is the model's `lossStep`; `classWeights` one a class, where they do not weigh the same. */
  constructor(model: TrainableModel, compiled: CompiledStep, seed: number, classWeights?: Float32Array) {
    this.model = model;
    this.compiled = compiled;
    this.seed = seed;
    this.classWeights = classWeights;
  }

  /** By trainable tensor; valid until the next `run`, and not to be written to. */
  get gradients(): ReadonlyMap<string, Float32Array> {
    return this.current;
  }

  /**
   * Mean loss over the labels of all micro-batches, weighted by their classes where those have weights; `gradients` is its gradient. Random inputs depend on seed, `step` and the number
   * of the micro-batch alone, so that a resumed run draws the same.
   */
  async run(batches: readonly Batch[], step: number): Promise<number> {
    this.dispose();
    const { model, classWeights } = this;
    const labels = batches.reduce((sum, batch) => sum + model.countLabels(batch.labels, batch.shape, classWeights), 0);
    const trainable = trainableTensors(model.trainable);
    const loss_scale = tf.scalar(1 / labels);
    const same = { loss_scale, ...(classWeights && { class_weights: tf.tensor(classWeights) }) };
    let loss = 0;
    try {
      for (const [micro, batch] of batches.entries()) {
        const random = Random.seeded(this.seed, `random:${step}:${micro}`);
        const inputs = { ...batchTensors(batch), ...randomTensors(model.randomInputs(batch.shape), random) };
        try {
          this.outputs = this.compiled.run({ ...trainable, ...inputs, ...same });
        } finally {
          tf.dispose(inputs);
        }
        loss += this.outputs.loss!.dataSync()[0]!;
        if (batches.length > 1) this.accumulate(micro === 0);
        // Messages (cancel) arrive between micro-batches.
        await new Promise(setImmediate);
      }
    } finally {
      tf.dispose([trainable, same]);
    }
    this.current = batches.length > 1 ? this.sums : this.last();
    return loss;
  }

  /** Frees what `gradients` looks at. */
  dispose(): void {
    tf.dispose(this.outputs);
    this.outputs = {};
    this.current = new Map();
  }

  private last(): Map<string, Float32Array> {
    return new Map([...this.model.trainable.keys()].map((name) => [name, borrow(this.outputs[`grad:${name}`]!)]));
  }

  private accumulate(first: boolean): void {
    for (const [name, gradient] of this.last()) {
      const sum = this.sums.get(name) ?? new Float32Array(gradient.length);
      this.sums.set(name, sum);
      if (first) sum.set(gradient);
      else add(sum, gradient);
    }
    tf.dispose(this.outputs);
    this.outputs = {};
  }
}

function add(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
