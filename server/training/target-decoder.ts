/** Next-token logits of a target text that grows, for a source that is read once. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { bucketLength } from '../data/batches.ts';
import type { CompiledStep } from '../engine/types.ts';
import { trainableTensors } from './feed.ts';

/** The compiled steps of a model; decoders of one model share them. */
export interface CompiledTargetSteps {
  encode: CompiledStep;
  write: CompiledStep;
}

export class TargetDecoder {
  private readonly steps: CompiledTargetSteps;
  private readonly padTokenId: number;
  private trainable: Record<string, tf.Tensor>;
  private source: readonly number[] = [];
  private read: { states: tf.Tensor; mask: tf.Tensor } | undefined;

  constructor(steps: CompiledTargetSteps, padTokenId: number, trainable: ReadonlyMap<string, HostTensor>) {
    this.steps = steps;
    this.padTokenId = padTokenId;
    this.trainable = trainableTensors(trainable);
  }

  /** What the next targets are written for: token ids, not empty. */
  readSource(ids: readonly number[]): void {
    this.forget();
    this.source = ids;
  }

  /** Logits [vocab] of the token after `ids`, which begin with the start token. Costs the decoder's work on all of them. */
  next(ids: readonly number[]): Float32Array {
    const { states, mask } = this.encoded();
    const length = bucketLength(ids.length);
    const last = new Float32Array(length);
    last[ids.length - 1] = 1;
    const inputs = { decoder_input_ids: this.row(ids, length), last: tf.tensor(last, [1, 1, length]) };
    try {
      const source = { encoder_states: states, attention_mask: mask };
      const { logits } = this.steps.write.run({ ...this.trainable, ...inputs, ...source });
      const values = logits!.dataSync<'float32'>().slice();
      tf.dispose(logits!);
      return values;
    } finally {
      tf.dispose(inputs);
    }
  }

  /** Other values of the trainable tensors: the source is read again with them. */
  change(trainable: ReadonlyMap<string, HostTensor>): void {
    tf.dispose(this.trainable);
    this.trainable = trainableTensors(trainable);
    this.forget();
  }

  dispose(): void {
    this.forget();
    tf.dispose(this.trainable);
  }

  private forget(): void {
    if (this.read) tf.dispose([this.read.states, this.read.mask]);
    this.read = undefined;
  }

  private encoded() {
    if (this.read) return this.read;
    const length = bucketLength(this.source.length);
    const input_ids = this.row(this.source, length);
    const mask = tf.tensor(new Int32Array(length).fill(1, 0, this.source.length), [1, length], 'int32');
    const { states } = this.steps.encode.run({ ...this.trainable, input_ids, attention_mask: mask });
    tf.dispose(input_ids);
    this.read = { states: states!, mask };
    return this.read;
  }

  private row(ids: readonly number[], length: number): tf.Tensor {
    const row = new Int32Array(length).fill(this.padTokenId);
    row.set(ids);
    return tf.tensor(row, [1, length], 'int32');
  }
}
