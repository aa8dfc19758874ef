/**
 * PiSSA: LoRA on the r largest singular triplets of W. Meng et al. 2024, https://arxiv.org/abs/2404.02948; factors as Hugging Face
 * PEFT 0.21 initialises them (`pissa_init`).
 */
import type { MatrixSettings } from '../methods/types.ts';
import { residualLora } from './residual.ts';

interface PissaOptions {
  svd: 'full' | 'randomized';
  niter: number;
  oversampling?: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as PissaOptions;

export const pissa = residualLora({
  peftType: 'PISSA',
  which: 'top',
  decomposition(settings) {
    const { svd, niter, oversampling } = optionsOf(settings);
    if (svd === 'full') return { kind: 'full' };
    const { rank } = settings;
    return { kind: 'truncated', rank, iterations: niter, ...(oversampling !== undefined && { oversampling }) };
  },
  fields(settings) {
    const { svd, niter, oversampling } = optionsOf(settings);
    return { svd, niter, ...(oversampling !== undefined && { oversampling }) };
  },
});
