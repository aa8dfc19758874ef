/** Host data to the tensors that a step takes. The caller disposes them. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../base/random.ts';
import { type HostTensor, sizeOf } from '../base/tensor.ts';
import type { Batch } from '../data/batches.ts';
import type { Labels } from '../data/types.ts';

export type Tensors = Record<string, tf.Tensor>;

/**
 * `pixel_values` float32 [rows, channels, height, width] and `labels`; or `input_ids`, `attention_mask`, `token_type_ids`?, `position_ids`?
 * [rows, length], `decoder_input_ids`? [rows, targets] and `labels`, all int32 but for the labels of a regression.
 */
export function batchTensors(batch: Batch): Tensors {
  const { shape, pixel_values, input_ids, attention_mask, token_type_ids, position_ids, decoder_input_ids, labels } =
    batch;
  const { rows, length, targets = length } = shape;
  if (pixel_values)
    return {
      pixel_values: tf.tensor(pixel_values.data, pixel_values.shape),
      labels: tf.tensor(labels, [rows], 'int32'),
    };
  const size: [number, number] = [rows, length];
  return {
    input_ids: tf.tensor(input_ids, size, 'int32'),
    attention_mask: tf.tensor(attention_mask, size, 'int32'),
    ...(token_type_ids && { token_type_ids: tf.tensor(token_type_ids, size, 'int32') }),
    ...(position_ids && { position_ids: tf.tensor(position_ids, size, 'int32') }),
    ...(decoder_input_ids && { decoder_input_ids: tf.tensor(decoder_input_ids, [rows, targets], 'int32') }),
    labels: tf.tensor(labels, labels.length === rows ? [rows] : [rows, targets], typeOf(labels)),
  };
}

const typeOf = (labels: Labels) => (labels instanceof Float32Array ? 'float32' : 'int32');

/** The trainable tensors at their present values. */
export function trainableTensors(trainable: ReadonlyMap<string, HostTensor>): Tensors {
  return Object.fromEntries([...trainable].map(([name, { data, shape }]) => [name, tf.tensor(data, shape, 'float32')]));
}

/** Uniform [0, 1) draws, in the map's order. */
export function randomTensors(shapes: ReadonlyMap<string, number[]>, random: Random): Tensors {
  return Object.fromEntries(
    [...shapes].map(([name, shape]) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, () => random.uniform());
      return [name, tf.tensor(data, shape, 'float32')];
    }),
  );
}
