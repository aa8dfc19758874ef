/** Kernels that tfjs-node lacks or that TensorFlow has in one piece, by tfjs kernel or op name. */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { rows } from './rows.ts';
import { softmax } from './softmax.ts';

export const kernels: Readonly<Record<string, KernelFunc>> = { ...rows, ...softmax };
