/** Builders for module tables. Shapes are [out, in] as PyTorch stores them. */
import { sizeOf } from '../base/tensor.ts';
import type { Module, ModuleTable } from './types.ts';

type Role = Module['role'];

export function linear(name: string, m: number, n: number, bias: boolean, role: Role, layer?: number): Module {
  const parameters: Record<string, number[]> = { weight: [m, n] };
  if (bias) parameters.bias = [m];
  return { name, kind: 'linear', m, n, bias, role, parameters, ...(layer !== undefined && { layer }) };
}

/** GPT-2's linear layer, which stores Wᵀ: in × out. */
export function conv1d(name: string, m: number, n: number, role: Role, layer: number): Module {
  return { name, kind: 'conv1d', m, n, bias: true, role, parameters: { weight: [n, m], bias: [m] }, layer };
}

/** `m` rows (tokens, positions, types) of `n` values. */
export function embedding(name: string, m: number, n: number, layer?: number): Module {
  const parameters = { weight: [m, n] };
  const place = layer !== undefined && { layer };
  return { name, kind: 'embedding', m, n, bias: false, role: 'embedding', parameters, ...place };
}

export function norm(name: string, m: number, bias: boolean, layer?: number): Module {
  const parameters: Record<string, number[]> = { weight: [m] };
  if (bias) parameters.bias = [m];
  return { name, kind: 'norm', m, n: 1, bias, role: 'norm', parameters, ...(layer !== undefined && { layer }) };
}

/** Parameters that no adapter takes: convolutions, stacked experts, class tokens. m is the first size, n what the others come to. */
export function other(name: string, parameters: Record<string, number[]>, role: Role, layer?: number): Module {
  const [m = 1, ...rest] = Object.values(parameters)[0] ?? [];
  const bias = 'bias' in parameters;
  return { name, kind: 'other', m, n: sizeOf(rest), bias, role, parameters, ...(layer !== undefined && { layer }) };
}

/** Every parameter once; a module that shares another one's weight adds nothing. */
export function countParameters(modules: readonly Module[]): number {
  let total = 0;
  for (const module of modules)
    if (module.tiedTo === undefined) for (const shape of Object.values(module.parameters)) total += sizeOf(shape);
  return total;
}

/** Of a classifier: the layer whose outputs are the classes. */
export const taskHead = ({ modules }: Pick<ModuleTable, 'modules'>): Module | undefined =>
  modules.findLast(({ role }) => role === 'task-head');

/** PEFT's defaults (peft 0.21): targets of the LoRA kind, of IA3 with its feed-forward modules, of AdaLoRA where it differs. */
export interface PeftTargets {
  lora?: string[];
  adalora?: string[];
  ia3?: string[];
  feedforward?: string[];
}

export function peftDefaults(t: PeftTargets): Pick<ModuleTable, 'defaultTargets' | 'defaultOptions'> {
  const { lora, adalora, ia3, feedforward } = t;
  return {
    defaultTargets: { ...(lora && { lora }), ...(adalora && { adalora }), ...(ia3 && { ia3 }) },
    defaultOptions: feedforward ? { ia3: { feedforward_modules: feedforward } } : {},
  };
}
