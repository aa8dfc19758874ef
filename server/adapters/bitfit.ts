import type { ParameterAdapter } from './types.ts';

/** BitFit: the biases, in place. Ben Zaken et al. 2021, https://arxiv.org/abs/2106.10199. PEFT has no such type; the file holds the biases. */
export const bitfit: ParameterAdapter = {
  trains: (_module, parameter) => parameter === 'bias',
  peftConfig: () => ({ peft_type: 'BITFIT' }),
};
