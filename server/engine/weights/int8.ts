import { sizeOf } from '../../base/tensor.ts';
import { inPieces } from './parts.ts';
import type { WeightFormat } from './types.ts';

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
      for (let from = 0; from < piece.length; from += width) {
        const row = piece.subarray(from, from + width);
        const largest = row.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
        const factor = largest > 0 ? Math.fround(127 / largest) : 0;
        scales[(start + from) / width] = largest / 127;
        for (let j = 0, to = start + from; j < width; j++, to++)
          values[to] = nearestEven(Math.fround(row[j]! * factor));
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

/** As `torch.round`. */
function nearestEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}
