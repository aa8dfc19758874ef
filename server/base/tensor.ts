/** A tensor in host memory, row-major, always float32: what files are read into and written from. */
export interface HostTensor {
  shape: number[];
  data: Float32Array;
}

export type NamedTensors = Map<string, HostTensor>;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/** Float32 values that are read piece by piece, so that a large tensor need not be whole in memory. */
export interface TensorReader {
  shape: readonly number[];
  /** The values from `start` on, row-major, as many as `into` holds. */
  read(start: number, into: Float32Array): void;
}

export const readerOf = ({ shape, data }: HostTensor): TensorReader => ({
  shape,
  read: (start, into) => into.set(data.subarray(start, start + into.length)),
});
