import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../base/random.ts';
import type { Assembly } from './assemble-types.ts';
import { randomTensors, type Tensors } from './feed.ts';
import { randomInputs } from './step.ts';
import type { BatchShape } from './types.ts';

/** Two rows, so that no axis of the real step has one element only. */
const MOST = { rows: 2, length: 8 };
/** How far adapter values are moved: at the start of training B is 0, which hides whatever A does. */
const MOVED = 0.02;

/** See `TrainableModel.checkSlice`. */
export function checkSlice(assembly: Assembly, inputs: Tensors): Tensors {
  const { slice, shape } = inputs.pixel_values ? ofImages(assembly, inputs) : ofTexts(inputs);
  if (inputs.loss_scale) {
    slice.loss_scale = tf.scalar(1);
    Object.assign(slice, randomTensors(randomInputs(assembly, shape), Random.seeded(0, 'check')));
  }
  let i = 0;
  for (const [name, { data, shape }] of assembly.trainable) {
    // The base's own parameters are no zeros, and may be as large as the model.
    if (assembly.groups.get(name) === 'base' || !inputs[name]) continue;
    const moved = data.map((value) => value + MOVED * Math.sin(++i));
    slice[name] = tf.tensor(moved, shape);
  }
  return slice;
}

function ofTexts(inputs: Tensors): { slice: Tensors; shape: BatchShape } {
  const [rows, length] = inputs.input_ids!.shape as [number, number];
  const shape: BatchShape = { rows: Math.min(rows, MOST.rows), length: Math.min(length, MOST.length) };
  const size: [number, number] = [shape.rows, shape.length];
  const corner = (name: string) => cut(inputs[name]!, length, size);
  const slice: Tensors = { ...inputs, input_ids: corner('input_ids'), attention_mask: corner('attention_mask') };
  if (inputs.token_type_ids) slice.token_type_ids = corner('token_type_ids');
  if (inputs.position_ids) slice.position_ids = corner('position_ids');
  if (inputs.decoder_input_ids) {
    const width = inputs.decoder_input_ids.shape[1]!;
    shape.targets = Math.min(width, MOST.length);
    slice.decoder_input_ids = cut(inputs.decoder_input_ids, width, [shape.rows, shape.targets]);
  }
  if (inputs.labels) slice.labels = labels(inputs.labels, slice.decoder_input_ids ?? slice.input_ids!, shape.rows);
  return { slice, shape };
}

/** Whole images: the model has a weight for each of their positions. */
function ofImages({ table }: Assembly, inputs: Tensors): { slice: Tensors; shape: BatchShape } {
  const images = inputs.pixel_values!;
  const rows = Math.min(images.shape[0]!, MOST.rows);
  const size = [rows, ...images.shape.slice(1)];
  const pixels = images.dataSync<'float32'>().slice(0, (images.size / images.shape[0]!) * rows);
  const slice: Tensors = { ...inputs, pixel_values: tf.tensor(pixels, size) };
  if (inputs.labels) slice.labels = tf.tensor(inputs.labels.dataSync().slice(0, rows), [rows], inputs.labels.dtype);
  return { slice, shape: { rows, length: table.shape.maxPositions } };
}

/** The first rows and columns of an int32 matrix with `width` columns. */
function cut(x: tf.Tensor, width: number, [rows, length]: [number, number]): tf.Tensor {
  const values = x.dataSync<'int32'>();
  const at = (i: number) => values[Math.floor(i / length) * width + (i % length)]!;
  return tf.tensor(
    Int32Array.from({ length: rows * length }, (_, i) => at(i)),
    [rows, length],
    'int32',
  );
}

/** Every token counts, whatever a prompt's labels say; classes and numbers stay those of the rows. */
function labels(given: tf.Tensor, ids: tf.Tensor, rows: number): tf.Tensor {
  if (given.rank === 2) return tf.tensor(Int32Array.from(ids.dataSync()), ids.shape, 'int32');
  return tf.tensor(given.dataSync().slice(0, rows), [rows], given.dtype);
}
