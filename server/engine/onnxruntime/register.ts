import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { compositionOf } from '../ops/define.ts';
import { recordedKernels } from '../recorder/kernels/index.ts';
import { OnnxRuntimeBackend } from './backend.ts';
import type { Binding } from './binding.ts';
import { activations } from './kernels/activations.ts';
import { attentionKernels } from './kernels/attention.ts';
import { constants } from './kernels/constants.ts';
import { crossEntropyKernels } from './kernels/cross-entropy.ts';
import { elementwise } from './kernels/elementwise.ts';
import { layout } from './kernels/layout.ts';
import { logic } from './kernels/logic.ts';
import { matmul } from './kernels/matmul.ts';
import { norms } from './kernels/norms.ts';
import { reductions } from './kernels/reductions.ts';
import { rotaryKernels } from './kernels/rotary.ts';
import { rows } from './kernels/rows.ts';
import { softmax } from './kernels/softmax.ts';
import { asKernelFunc, type Routes } from './route.ts';

export const BACKEND = 'onnxruntime';

const ROUTES: Routes = {
  ...activations,
  ...attentionKernels,
  ...constants,
  ...crossEntropyKernels,
  ...elementwise,
  ...layout,
  ...logic,
  ...matmul,
  ...norms,
  ...reductions,
  ...rotaryKernels,
  ...rows,
  ...softmax,
};

/** An op of ops/ that is recorded as nodes of its own and computed out of other kernels. */
const composed =
  (kernelName: string): tf.KernelFunc =>
  ({ inputs, attrs }) =>
    tf.tidy(() => compositionOf(kernelName)!(inputs as Record<string, tf.Tensor>, attrs ?? {}));

/** Makes the backend known to tfjs, with tfjs's JavaScript kernels for all that has no route here. */
export function registerBackend(binding: Binding, threads: number): void {
  tf.registerBackend(BACKEND, () => new OnnxRuntimeBackend(binding, threads));
  const originals = new Map(
    tf.getKernelsForBackend('cpu').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]),
  );
  for (const kernelName of new Set([...originals.keys(), ...Object.keys(ROUTES), ...recordedKernels]))
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: asKernelFunc(kernelName, ROUTES[kernelName], originals.get(kernelName) ?? composed(kernelName)),
    });
}
