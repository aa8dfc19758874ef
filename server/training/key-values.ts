import * as tf from '@tensorflow/tfjs-core';
import { borrow, fromHost, sharesHostArrays } from '../engine/index.ts';
import type { PastShape } from '../models/past.ts';

/** Tokens that the first buffers hold; they double when they are full, so that the steps to be compiled are few. */
const smallest = 64;

/** The keys and values of one text's tokens, [1, kvHeads, capacity, headDim] for each layer: written in place, read by steps without a copy. */
export class KeyValues {
  /** Tokens that are kept. */
  length = 0;
  private capacity = 0;
  private readonly shape: PastShape;
  /** By the step's names. */
  private readonly arrays = new Map<string, Float32Array>();
  private inputs: Record<string, tf.Tensor> = {};

  constructor(shape: PastShape) {
    this.shape = shape;
  }

  /** Places before those of a step's own tokens: filled ones, and room. */
  get before(): number {
    return this.length === 0 ? 0 : this.capacity;
  }

  /** The inputs of the next step; they stay ours. */
  tensors(): Record<string, tf.Tensor> {
    if (this.length === 0) return {};
    if (!sharesHostArrays()) this.release();
    const { kvHeads, headDim } = this.shape;
    for (const [name, data] of this.arrays)
      this.inputs[name] ??= fromHost({ shape: [1, kvHeads, this.capacity, headDim], data });
    return this.inputs;
  }

  /** Adds the first `count` tokens of a step's results. */
  add(results: Record<string, tf.Tensor>, count: number): void {
    this.demandRoom(this.length + count);
    const { kvHeads, headDim, layers } = this.shape;
    for (let layer = 0; layer < layers; layer++)
      for (const part of ['keys', 'values']) {
        const fresh = results[`${part}.${layer}`]!;
        const [data, kept] = [borrow(fresh), this.arrays.get(`past.${part}.${layer}`)!];
        const width = fresh.shape[2]! * headDim;
        for (let head = 0; head < kvHeads; head++)
          kept.set(
            data.subarray(head * width, head * width + count * headDim),
            (head * this.capacity + this.length) * headDim,
          );
      }
    this.length += count;
  }

  /** Forgets all from `length` tokens on. */
  cut(length: number): void {
    this.length = Math.min(this.length, length);
  }

  dispose(): void {
    this.release();
    this.arrays.clear();
    this.length = 0;
    this.capacity = 0;
  }

  private release(): void {
    tf.dispose(this.inputs);
    this.inputs = {};
  }

  private demandRoom(tokens: number): void {
    if (tokens <= this.capacity) return;
    this.release();
    const { kvHeads, headDim, layers } = this.shape;
    const [before, after] = [this.capacity * headDim, Math.max(smallest, 2 ** Math.ceil(Math.log2(tokens))) * headDim];
    for (let layer = 0; layer < layers; layer++)
      for (const name of [`past.keys.${layer}`, `past.values.${layer}`]) {
        const data = new Float32Array(kvHeads * after);
        const old = this.arrays.get(name);
        for (let head = 0; old && head < kvHeads; head++)
          data.set(old.subarray(head * before, (head + 1) * before), head * after);
        this.arrays.set(name, data);
      }
    this.capacity = after / headDim;
  }
}
