/** Every way to compute, one line each. */
import { onnxruntime } from './onnxruntime/start.ts';
import { tensorflow } from './tensorflow/start.ts';
import type { Backend, BackendName } from './types.ts';

const backends: readonly Backend[] = [onnxruntime, tensorflow];

export const backendNamed = (name: BackendName): Backend | undefined => backends.find((b) => b.name === name);
