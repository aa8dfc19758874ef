/** Every way to compute, one line each. */
import { cuda } from './cuda/start.ts';
import { onnxruntime } from './onnxruntime/start.ts';
import { tensorflow } from './tensorflow/start.ts';
import type { Backend, BackendName } from './types.ts';
import { webgpu } from './webgpu/start.ts';

const backends: readonly Backend[] = [onnxruntime, tensorflow, webgpu, cuda];

export const backendNamed = (name: BackendName): Backend | undefined => backends.find((b) => b.name === name);
