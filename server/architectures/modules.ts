/** Builders for module tables. Shapes are [out, in] as PyTorch stores them. */
import { sizeOf } from '../base/tensor.ts';
import type { Module } from './types.ts';

type Role = Module['role'];

export function linear(name: string, m: number, n: number, bias: boolean, role: Role, layer?: number): Module {
  const parameters: Record<string, number[]> = { weight: [m, n] };
  if (bias) parameters.bias = [m];
  return { name, kind: 'linear', m, n, bias, role, parameters, ...(layer !== undefined && { layer }) };
}

/** `m` rows (tokens, positions, types) of `n` values. */
export function embedding(name: string, m: number, n: number): Module {
  return { name, kind: 'embedding', m, n, bias: false, role: 'embedding', parameters: { weight: [m, n] } };
}

export function norm(name: string, m: number, bias: boolean, layer?: number): Module {
  const parameters: Record<string, number[]> = { weight: [m] };
  if (bias) parameters.bias = [m];
  return { name, kind: 'norm', m, n: 1, bias, role: 'norm', parameters, ...(layer !== undefined && { layer }) };
}

/** Every parameter once; a module that shares another one's weight adds nothing. */
export function countParameters(modules: readonly Module[]): number {
  let total = 0;
  for (const module of modules)
    if (module.tiedTo === undefined) for (const shape of Object.values(module.parameters)) total += sizeOf(shape);
  return total;
}
