import { sizeOf } from '../../base/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPES, type DataType } from '../onnx/model.ts';
import { CHUNK, inPieces, valuesOf } from './parts.ts';
import type { FrozenWeight, WeightFormat } from './types.ts';

/** A 16-bit floating-point format: 2 bytes a weight, no part but its values. */
interface Half {
  type: DataType;
  /** What an array in memory is given to the runtime as, where that has no name for the type. */
  heldAs: DataType;
  /** float32 -> 16 bits, nearest with ties to even. */
  narrow(from: Float32Array, into: Uint16Array): void;
  /** Exact. */
  widen(from: Uint16Array, into: Float32Array): void;
}

export function halfFormat({ type, heldAs, narrow, widen }: Half): WeightFormat {
  const toFloat = (g: GraphBuilder, value: string, { parts }: FrozenWeight) => {
    const given = parts.values!.type;
    const half = given === type ? value : g.op('BitCast', [value], { to: DATA_TYPES[type] }, { again: true });
    return g.op('Cast', [half], { to: DATA_TYPES.float32 }, { again: true });
  };
  return {
    stored: { type, bytes: 2 },

    encode(reader) {
      const data = new Uint16Array(sizeOf(reader.shape));
      inPieces(reader, 1, (piece, start) => narrow(piece, data.subarray(start, start + piece.length)));
      return { values: { type: heldAs, shape: reader.shape, data } };
    },

    decode({ parts }, start, into) {
      for (let from = 0; from < into.length; from += CHUNK) {
        const piece = into.subarray(from, from + CHUNK);
        widen(valuesOf(parts.values!, start + from, piece.length, Uint16Array), piece);
      }
    },

    nodes: (g, { values }, weight) => toFloat(g, values!, weight),

    rows: (g, { values }, weight, ids) => toFloat(g, g.op('Gather', [values!, ids], { axis: 0 }), weight),
  };
}
