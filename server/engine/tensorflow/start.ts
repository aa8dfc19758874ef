import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '../gradients/index.ts';
import type { Backend } from '../types.ts';
import { loadFault, versionFault } from './faults.ts';
import { installation, isInstalled } from './installed.ts';
import { kernels } from './kernels/index.ts';
import { loadTfjsNode } from './load.ts';
import { tensorflowBackend } from './raw.ts';
import { report } from './report.ts';

/** A local TensorFlow, on the CPU or with CUDA, through `@tensorflow/tfjs-node`: what `rankwise backend install tensorflow` sets up. */
export const tensorflow: Backend = {
  name: 'tensorflow',

  async start({ installed, threads }) {
    const found = installation(installed);
    try {
      quietly(() => loadTfjsNode(createRequire, { folder: found.folder, package: found.package, threads }));
    } catch (error) {
      throw loadFault(error, found);
    }
    // tfjs-node brings all of tfjs, whose derivatives took the place of ours.
    registerGradients();
    for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
      if (tf.getKernel(kernelName, 'tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
      tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
    }
    await tf.setBackend('tensorflow');
    const { isUsingGpuDevice, binding } = tensorflowBackend();
    const other = versionFault(found, binding.TF_Version);
    if (other) throw loadFault(new Error(other), found);
    return {
      backend: 'tensorflow',
      provider: isUsingGpuDevice ? 'cuda' : 'cpu',
      threads,
      versions: { ...found.versions, tensorflow: binding.TF_Version, '@tensorflow/tfjs-core': tf.version_core },
    };
  },

  present: ({ installed }) => isInstalled(installed),

  report,
};

/** tfjs registers what is registered already and would say so for each of its kernels. */
function quietly(load: () => void): void {
  const environment = tf.env();
  environment.set('IS_TEST', true);
  try {
    load();
  } finally {
    environment.set('IS_TEST', false);
  }
}
