import type { FileRange } from '../../base/file-range.ts';
import type { TensorReader } from '../../base/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { DataType } from '../onnx/model.ts';

/** How a frozen weight may be held, by the names that recipes use. */
export type WeightDtype = 'float32' | 'bfloat16' | 'float16' | 'int8' | 'nf4';

export type HeldArray = Float32Array | Uint16Array | Int8Array | Uint8Array;

/** One array of a held weight: in memory, or left where it is in a file. */
export interface Part {
  /** What a graph sees it as. */
  type: DataType;
  shape: readonly number[];
  data: HeldArray | FileRange;
}

export type Parts = Readonly<Record<string, Part>>;

/** A float32 tensor that never changes, held in fewer bytes or in a file. */
export interface FrozenWeight {
  dtype: WeightDtype;
  shape: readonly number[];
  parts: Parts;
}

/** The parts of a weight as values of a graph. */
export type PartValues = Readonly<Record<string, string>>;

/** What a format is: three ways that must give the same bits, `decode`, `nodes` and `rows`. */
export interface WeightFormat {
  /** The form that a file may hold such a weight in; undefined: it is always converted. */
  stored?: { type: DataType; bytes: number };
  /** From float32, read piece by piece: beside the result no more than a piece is in memory. */
  encode(values: TensorReader): Parts;
  /** The float32 values from `start` on, row-major, as many as `into` holds. */
  decode(weight: FrozenWeight, start: number, into: Float32Array): void;
  /**
   * Writes how a graph reads it: the float32 tensor. New nodes at each call, so that the tensor lives no longer than its use and not
   * from the forward to the backward pass.
   */
  nodes(g: GraphBuilder, values: PartValues, weight: FrozenWeight): string;
  /** As `nodes`, of the rows that `ids` names; without it all rows are decoded. */
  rows?(g: GraphBuilder, values: PartValues, weight: FrozenWeight, ids: string): string;
}
