import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Node, ValueInfo } from '../onnx/model.ts';
import type { OnnxRuntimeBackend } from './backend.ts';
import type { Kernel } from './sessions.ts';

export interface Call {
  inputs: Record<string, TensorInfo>;
  attrs: NamedAttrMap;
  backend: OnnxRuntimeBackend;
}

/** A kernel of this backend; `fallback` runs tfjs's own JavaScript kernel instead (tiny tensors, other dtypes). */
export type Route = (call: Call, fallback: () => TensorInfo | TensorInfo[]) => TensorInfo | TensorInfo[];
export type Routes = Record<string, Route>;

export const asKernelFunc =
  (route: Route, original: KernelFunc | undefined): KernelFunc =>
  ({ inputs, attrs, backend }) =>
    route(
      { inputs: inputs as Record<string, TensorInfo>, attrs: attrs ?? {}, backend: backend as OnnxRuntimeBackend },
      () => original!({ inputs, attrs: attrs ?? {}, backend }),
    );

/** Elements below which a JavaScript loop beats a native call (about 10 µs). */
export const SMALL = 1024;

/** A float32 value of the given rank, every dimension free: one session serves all shapes. */
export const floatValue = (name: string, rank: number): ValueInfo => ({
  name,
  type: 'float32',
  shape: Array.from({ length: rank }, (_, i) => `${name}${i}`),
});

/** An int64 vector of any length. */
export const indexValue = (name: string): ValueInfo => ({ name, type: 'int64', shape: [`${name}0`] });

export const kernel = (
  nodes: Node[],
  inputs: ValueInfo[],
  outputs: ValueInfo[],
  more: Partial<Kernel['graph']> = {},
): Kernel => ({
  graph: { nodes, inputs, outputs, ...more },
});
