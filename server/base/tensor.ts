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

/** Of a matrix. */
export function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return { shape: [columns, rows], data: turned };
}

export const readerOf = ({ shape, data }: HostTensor): TensorReader => ({
  shape,
  read: (start, into) => into.set(data.subarray(start, start + into.length)),
});
