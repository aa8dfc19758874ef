import { readRange } from '../../base/file-range.ts';
import { sizeOf } from '../../base/tensor.ts';
import { isRange } from './parts.ts';
import type { WeightFormat } from './types.ts';

/** As they are: 4 bytes a weight. */
export const float32: WeightFormat = {
  stored: { type: 'float32', bytes: 4 },

  encode(reader) {
    const data = new Float32Array(sizeOf(reader.shape));
    reader.read(0, data);
    return { values: { type: 'float32', shape: reader.shape, data } };
  },

  decode({ parts }, start, into) {
    const { data } = parts.values!;
    if (isRange(data)) readRange(data, start * 4, new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
    else into.set(data.subarray(start, start + into.length));
  },

  nodes: (_g, { values }) => values!,
};
