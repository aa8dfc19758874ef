/** An adapter's weight file by the modules that its tensors belong to, read one tensor at a time. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { type HostTensor, sizeOf } from '../base/tensor.ts';
import { canonicalKey, peftPrefix, sharedPrefix, weightsName } from '../checkpoint/peft.ts';
import { openSafetensors } from '../checkpoint/safetensors/read.ts';
import type { Product } from '../methods/types.ts';
import { between, type Factored } from './products.ts';

export interface StoredTensor {
  /** As stored. */
  name: string;
  dtype: string;
  shape: number[];
}

export interface AdapterTensors {
  file: string;
  bytes: number;
  all: StoredTensor[];
  /** By module, and below it by the method's key. */
  modules: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>;
  /** What all modules share, by name. */
  shared: ReadonlyMap<string, StoredTensor>;
  /** Parameters of the base (heads, biases) by name. */
  whole: ReadonlyMap<string, StoredTensor>;
  /** Shapes by PEFT's key, the adapter's name left out. */
  shapes: ReadonlyMap<string, readonly number[]>;
  read(tensor: StoredTensor): HostTensor;
  /** The change of W at a module as a product; undefined where the file's tensors are not of that form. */
  factors(module: string, product: Product): Factored | undefined;
  close(): void;
}

/** Segments that belong to a method: lora_A, vera_lambda_b, oft_R. Base models have none such. */
const own = /^(lora|tied_lora|vera|ia3|oft|boft|svf|svft|hada|lokr|hra|c3a|fourierft|randlora|delora|waveft)_/;

/** Throws `file-not-readable` where there is no weight file, `bad-safetensors`. */
export function openAdapterTensors(dir: string): AdapterTensors {
  const source = openSafetensors(path.join(dir, weightsName));
  const modules = new Map<string, Map<string, StoredTensor>>();
  const shared = new Map<string, StoredTensor>();
  const whole = new Map<string, StoredTensor>();
  const shapes = new Map<string, readonly number[]>();
  const all: StoredTensor[] = [];
  for (const [name, { dtype, shape }] of source.tensors) {
    const tensor: StoredTensor = { name, dtype, shape };
    all.push(tensor);
    // As checkpoint/peft.ts has them.
    if (name.includes('.original_module.')) continue;
    const key = canonicalKey(name);
    shapes.set(key, shape);
    if (key.startsWith(sharedPrefix) && own.test(key.slice(sharedPrefix.length))) {
      shared.set(key.slice(sharedPrefix.length), tensor);
      continue;
    }
    const parts = (key.startsWith(peftPrefix) ? key.slice(peftPrefix.length) : key)
      .replace('.base_layer.', '.')
      .split('.');
    const at = parts.findIndex((part) => own.test(part));
    if (at < 0) whole.set(parts.join('.'), tensor);
    else {
      const module = parts.slice(0, at).join('.');
      const found = modules.get(module) ?? new Map<string, StoredTensor>();
      modules.set(module, found.set(parts.slice(at).join('.'), tensor));
    }
  }
  const read = ({ name }: StoredTensor) => source.read(name);
  return {
    file: source.file,
    bytes: statSync(source.file).size,
    all,
    modules,
    shared,
    whole,
    shapes,
    read,
    factors(module, product) {
      const tensors = modules.get(module);
      const [B, A] = [tensors?.get(product.left), tensors?.get(product.right)];
      const inside = product.middle ?? product.diagonal;
      const M = inside === undefined ? undefined : tensors?.get(inside);
      if (!B || !A || (inside !== undefined && !M)) return undefined;
      if (B.shape.length !== 2 || A.shape.length !== 2 || B.shape[1] !== A.shape[0]) return undefined;
      const r = A.shape[0]!;
      if (product.rows !== undefined && r !== product.rows) return undefined;
      const scalars = product.middle === undefined ? r : r * r;
      if (M && sizeOf(M.shape) !== scalars) return undefined;
      const right = read(A);
      return { B: read(B), A: M ? between(read(M), right) : right, scale: product.scale };
    },
    close: source.close,
  };
}
