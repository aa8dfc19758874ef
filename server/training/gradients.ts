/** One optimizer step's loss and gradients, summed over its micro-batches. */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../base/random.ts';
import type { Batch } from '../data/batches.ts';
import { borrow } from '../engine/index.ts';
import type { CompiledStep } from '../engine/types.ts';
import { batchTensors, randomTensors, trainableTensors } from './feed.ts';
import type { TrainableModel } from './types.ts';

export class GradientAccumulator {
  /** By trainable tensor; valid until the next `run`. */
  readonly gradients: Map<string, Float32Array>;
  private readonly model: TrainableModel;
  private readonly compiled: CompiledStep;
  private readonly seed: number;

  /** `compiled` is the model's `lossStep`. */
  constructor(model: TrainableModel, compiled: CompiledStep, seed: number) {
    this.model = model;
    this.compiled = compiled;
    this.seed = seed;
    this.gradients = new Map([...model.trainable].map(([name, { data }]) => [name, new Float32Array(data.length)]));
  }

  /**
   * Mean loss over the labels of all micro-batches; `gradients` is its gradient. Random inputs depend on seed, `step` and the number
   * of the micro-batch alone, so that a resumed run draws the same.
   */
  async run(batches: readonly Batch[], step: number): Promise<number> {
    const { model } = this;
    const labels = batches.reduce((sum, batch) => sum + model.countLabels(batch.labels, batch.shape), 0);
    const trainable = trainableTensors(model.trainable);
    const loss_scale = tf.scalar(1 / labels);
    let loss = 0;
    try {
      for (const [micro, batch] of batches.entries()) {
        const random = Random.seeded(this.seed, `random:${step}:${micro}`);
        const inputs = { ...batchTensors(batch), ...randomTensors(model.randomInputs(batch.shape), random) };
        const outputs = this.compiled.run({ ...trainable, ...inputs, loss_scale });
        loss += outputs.loss!.dataSync()[0]!;
        for (const [name, sum] of this.gradients) {
          const gradient = borrow(outputs[`grad:${name}`]!);
          if (micro === 0) sum.set(gradient);
          else add(sum, gradient);
        }
        tf.dispose([inputs, outputs]);
        // Messages (cancel) arrive between micro-batches.
        await new Promise(setImmediate);
      }
    } finally {
      tf.dispose([trainable, loss_scale]);
    }
    return loss;
  }
}

function add(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
