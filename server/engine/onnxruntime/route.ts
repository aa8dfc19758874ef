import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Node, ValueInfo } from '../onnx/model.ts';
import { recordKernel } from '../recorder/kernels/index.ts';
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

/** What tfjs calls: on symbolic tensors the kernel is recorded, else it runs. */
export const asKernelFunc =
  (kernelName: string, route: Route | undefined, original: KernelFunc | undefined): KernelFunc =>
  (params) => {
    const backend = params.backend as OnnxRuntimeBackend;
    const inputs = params.inputs as Record<string, TensorInfo>;
    const attrs = params.attrs ?? {};
    const fallback = () => original!({ inputs, attrs, backend });
    if (backend.recording?.concerns(inputs))
      return recordKernel(kernelName, inputs, attrs, backend.recording, fallback);
    return route ? route({ inputs, attrs, backend }, fallback) : fallback();
  };

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
