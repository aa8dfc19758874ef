/** Every way to hold a frozen weight, one line each. */
import type { FileRange } from '../../base/file-range.ts';
import { sizeOf, type TensorReader } from '../../base/tensor.ts';
import { bfloat16 } from './bfloat16.ts';
import { float16 } from './float16.ts';
import { float32 } from './float32.ts';
import { int8 } from './int8.ts';
import { nf4 } from './nf4.ts';
import type { FrozenWeight, WeightDtype, WeightFormat } from './types.ts';

export const formats = { float32, bfloat16, float16, int8, nf4 } satisfies Record<WeightDtype, WeightFormat>;

export const formatOf = ({ dtype }: Pick<FrozenWeight, 'dtype'>): WeightFormat => formats[dtype];

/** The values in memory, in the given form. */
export const holdWeight = (dtype: WeightDtype, values: TensorReader): FrozenWeight => ({
  dtype,
  shape: values.shape,
  parts: formats[dtype].encode(values),
});

/**
 * The weight left in its file, which holds it in the very form of `dtype`. The file must stay as it is: one that is written to is the error
 * `weights-changed` at the next step, and one that is cut off in the middle of a step ends the process (SIGBUS).
 */
export function mapWeight(dtype: WeightDtype, range: FileRange, shape: readonly number[]): FrozenWeight {
  const { stored } = formatOf({ dtype });
  if (stored === undefined || range.length !== sizeOf(shape) * stored.bytes)
    throw new RangeError(`${range.length} bytes are not a ${dtype} tensor [${shape}]`);
  return { dtype, shape, parts: { values: { type: stored.type, shape, data: range } } };
}

/** All values, in a fresh array. */
export function decodeWeight(weight: FrozenWeight): Float32Array {
  const values = new Float32Array(sizeOf(weight.shape));
  formatOf(weight).decode(weight, 0, values);
  return values;
}

/** Bytes in memory, those of mapped files not counted. */
export const heldBytes = ({ parts }: FrozenWeight): number =>
  Object.values(parts).reduce((sum, { data }) => sum + ('file' in data ? 0 : data.byteLength), 0);
