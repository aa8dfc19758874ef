/** MiLoRA: LoRA on the r smallest singular triplets of W. Wang et al. 2024, https://arxiv.org/abs/2406.09044. */
import { residualLora } from './residual.ts';

export const milora = residualLora({ peftType: 'MILORA', which: 'bottom', decomposition: () => ({ kind: 'full' }) });
