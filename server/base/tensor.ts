/** A tensor in host memory, row-major, always float32: what files are read into and written from. */
export interface HostTensor {
  shape: number[];
  data: Float32Array;
}

export type NamedTensors = Map<string, HostTensor>;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);
