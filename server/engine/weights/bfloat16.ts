import { halfFormat } from './half.ts';

/** float32's upper half: its range, 8 bits of precision. onnxruntime's binding takes no such arrays, so they go in as integers. */
export const bfloat16 = halfFormat({
  type: 'bfloat16',
  heldAs: 'uint16',

  narrow(from, into) {
    const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
    for (let i = 0; i < bits.length; i++) {
      const x = bits[i]!;
      // Rounding up must not turn NaN into infinity.
      into[i] = (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
    }
  },

  widen(from, into) {
    const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
    for (let i = 0; i < bits.length; i++) bits[i] = from[i]! << 16;
  },
});
