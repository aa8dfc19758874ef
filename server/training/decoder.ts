/** Next-token logits of one growing text: what has been computed of it is kept, so that each token costs one token's work. */

import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { bucketLength } from '../data/batches.ts';
import type { CompiledStep } from '../engine/types.ts';
import { hidden } from '../models/masks.ts';
import { ropeTensors } from '../models/rope.ts';
import type { Decoding } from './decode-step.ts';
import { trainableTensors } from './feed.ts';
import { KeyValues } from './key-values.ts';

export class Decoder {
  private readonly decoding: Decoding;
  private readonly step: CompiledStep;
  private readonly kept: KeyValues;
  /** The tokens whose keys and values are kept. */
  private ids: number[] = [];
  private trainable: Record<string, tf.Tensor>;

  /** `step`: that of `decoding`, compiled; decoders of one model share it. */
  constructor(decoding: Decoding, step: CompiledStep, trainable: ReadonlyMap<string, HostTensor>) {
    this.decoding = decoding;
    this.step = step;
    this.kept = new KeyValues(decoding.shape);
    this.trainable = trainableTensors(trainable);
  }

  /**
   * Logits [vocab] of the token after `ids`, which are not empty. Only those are computed that do not begin as the text before did.
   */
  next(ids: readonly number[]): Float32Array {
    const same = ids.findIndex((id, i) => id !== this.ids[i]);
    // The last one is computed anyway: its logits are asked for.
    const kept = this.turnsAnew(ids.length) ? 0 : Math.min(same < 0 ? ids.length : same, ids.length - 1);
    this.kept.cut(kept);
    this.ids.length = Math.min(this.ids.length, kept);
    const fresh = ids.slice(kept);
    const time = fresh.length === 1 ? 1 : bucketLength(fresh.length);
    const inputs = this.inputs(fresh, time);
    try {
      const { logits, ...results } = this.step.run({ ...this.trainable, ...this.kept.tensors(), ...inputs });
      const values = logits!.dataSync<'float32'>().slice();
      this.kept.add(results, fresh.length);
      tf.dispose([logits!, results]);
      this.ids.push(...fresh);
      return values;
    } finally {
      tf.dispose(inputs);
    }
  }

  /** Other values of the trainable tensors: what has been kept was computed with the old ones. */
  change(trainable: ReadonlyMap<string, HostTensor>): void {
    tf.dispose(this.trainable);
    this.trainable = trainableTensors(trainable);
    this.kept.cut(0);
    this.ids = [];
  }

  dispose(): void {
    tf.dispose(this.trainable);
    this.kept.dispose();
  }

  /** LongRoPE turns all keys by other frequencies once a text is longer than the original context: as in transformers, they are computed again. */
  private turnsAnew(length: number): boolean {
    return this.decoding.shape.ropes.some(
      ({ rope }) =>
        rope.type === 'longrope' && length > rope.originalMaxPositions !== this.ids.length > rope.originalMaxPositions,
    );
  }

  /** Of `fresh` tokens after those that are kept, padded on the right to `time`. */
  private inputs(fresh: readonly number[], time: number): Record<string, tf.Tensor> {
    const { windows, ropes } = this.decoding.shape;
    const from = this.kept.length;
    const count = fresh.length;
    const padded = (value: (i: number) => number) =>
      Int32Array.from({ length: time }, (_, i) => value(Math.min(i, count - 1)));
    const source = this.kept.before + time;
    const inputs: Record<string, tf.Tensor> = {
      input_ids: tf.tensor(
        padded((i) => fresh[i]!),
        [1, time],
        'int32',
      ),
      positions: tf.tensor(
        padded((i) => from + i),
        [time],
        'int32',
      ),
    };
    if (time > 1) inputs.last = tf.tensor(oneAt(count - 1, time), [1, 1, time]);
    for (const [i, window] of windows.entries())
      inputs[`mask.${i}`] = tf.tensor(this.mask(time, window), [1, 1, time, source]);
    for (const [i, { rope, rotaryDim }] of ropes.entries()) {
      const { cos, sin } = ropeTensors(rope, rotaryDim, time, { from, reach: from + count });
      inputs[`cos.${i}`] = cos;
      inputs[`sin.${i}`] = sin;
    }
    return inputs;
  }

  /** [time, before + time]: a query sees the kept tokens, not the room behind them, and the new ones up to itself; of these the last `window`. */
  private mask(time: number, window = Number.POSITIVE_INFINITY): Float32Array {
    const { before, length } = this.kept;
    const source = before + time;
    const mask = new Float32Array(time * source).fill(hidden);
    for (let query = 0; query < time; query++) {
      const first = Math.max(0, length + query + 1 - window);
      const row = query * source;
      if (first < length) mask.fill(0, row + first, row + length);
      mask.fill(0, row + before + Math.max(0, first - length), row + before + query + 1);
    }
    return mask;
  }
}

function oneAt(index: number, length: number): Float32Array {
  const values = new Float32Array(length);
  values[index] = 1;
  return values;
}
