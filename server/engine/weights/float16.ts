import { fromHalf, toHalf } from '../../base/halves.ts';
import { halfFormat } from './half.ts';

let table: Float32Array | undefined;

/** IEEE 754 binary16: 11 bits of precision, largest value 65504, beyond which it is infinite. */
export const float16 = halfFormat({
  type: 'float16',
  heldAs: 'float16',

  narrow(from, into) {
    for (let i = 0; i < from.length; i++) into[i] = toHalf(from[i]!);
  },

  widen(from, into) {
    table ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromHalf(bits));
    for (let i = 0; i < into.length; i++) into[i] = table[from[i]!]!;
  },
});
