import { RankwiseError } from '../../base/errors.ts';
import { fromHalf, toHalf } from '../../base/halves.ts';
import { halfFormat } from './half.ts';

const INFINITE = 0x7c00;

let table: Float32Array | undefined;

/** IEEE 754 binary16: 11 bits of precision, largest value 65504; a weight beyond is the error `weight-too-large`. */
export const float16 = halfFormat({
  type: 'float16',
  heldAs: 'float16',

  narrow(from, into) {
    for (let i = 0; i < from.length; i++) {
      const bits = toHalf(from[i]!);
      if ((bits & 0x7fff) === INFINITE && Number.isFinite(from[i])) throw tooLarge(from[i]!);
      into[i] = bits;
    }
  },

  widen(from, into) {
    table ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromHalf(bits));
    for (let i = 0; i < into.length; i++) into[i] = table[from[i]!]!;
  },
});

const tooLarge = (value: number) =>
  new RankwiseError('weight-too-large', `the model has a weight of ${value}; float16 ends at 65504`, {
    field: 'model.dtype',
    hint: 'Use `bfloat16`, which has the range of float32.',
  });
