import { sizeOf } from '../../base/tensor.ts';
import { inPieces } from './parts.ts';
import type { WeightFormat } from './types.ts';

/** 1.5 · 2²³: adding it in float32 rounds to an integer, ties to even as torch.round. */
const TO_INTEGER = 12_582_912;

/**
 * Integers of −127 to 127 and one scale per output (row of W), max|row| / 127, as LLM.int8() holds weights (Dettmers et al. 2022,
 * https://arxiv.org/abs/2208.07339): 1 byte a weight and 4 a row, an error of at most half a scale.
 */
export const int8: WeightFormat = {
  encode(reader) {
    const [rows] = reader.shape as [number];
    const width = sizeOf(reader.shape) / rows;
    const values = new Int8Array(rows * width);
    const scales = new Float32Array(rows);
    inPieces(reader, width, (piece, start) => {
      for (let from = 0, row = start / width; from < piece.length; from += width, row++) {
        const end = from + width;
        let largest = 0;
        for (let i = from; i < end; i++) largest = Math.max(largest, Math.abs(piece[i]!));
        const factor = largest > 0 ? Math.fround(127 / largest) : 0;
        scales[row] = largest / 127;
        for (let i = from; i < end; i++)
          values[start + i] = Math.fround(Math.fround(piece[i]! * factor) + TO_INTEGER) - TO_INTEGER;
      }
    });
    return {
      values: { type: 'int8', shape: [rows, width], data: values },
      scales: { type: 'float32', shape: [rows], data: scales },
    };
  },

  decode({ parts, shape }, start, into) {
    const values = parts.values!.data as Int8Array;
    const scales = parts.scales!.data as Float32Array;
    const width = sizeOf(shape) / shape[0]!;
    for (let i = 0, at = start; i < into.length; ) {
      const scale = scales[Math.floor(at / width)]!;
      for (const end = Math.min(into.length, i + width - (at % width)); i < end; i++, at++)
        into[i] = values[at]! * scale;
    }
  },

  nodes(g, { values, scales }, { shape }) {
    const rows = g.op('DequantizeLinear', [values!, scales!], { axis: 0 }, { again: true });
    return shape.length === 2 ? rows : g.op('Reshape', [rows, g.indices(shape)]);
  },
};
