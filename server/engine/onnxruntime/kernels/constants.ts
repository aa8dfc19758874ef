import type { DataType } from '@tensorflow/tfjs-core';
import type { Route, Routes } from '../route.ts';

/** Tensors of one value stay one number until somebody reads them element by element. */
const like =
  (value: number): Route =>
  ({ inputs, backend }, fallback) => {
    const { shape, dtype } = inputs.x!;
    return dtype === 'float32' || dtype === 'int32' ? backend.constant(value, shape, dtype) : fallback();
  };

const fill: Route = ({ attrs, backend }, fallback) => {
  const { shape, value, dtype } = attrs as unknown as { shape: number[]; value: number | string; dtype?: DataType };
  const type = dtype ?? 'float32';
  if (typeof value !== 'number' || (type !== 'float32' && type !== 'int32')) return fallback();
  return backend.constant(type === 'int32' ? Math.trunc(value) : Math.fround(value), shape, type);
};

export const constants: Routes = { Fill: fill, OnesLike: like(1), ZerosLike: like(0) };
