import type { Rule } from './rule.ts';

/** `bias` where there are none to train, as in Llama: PEFT says nothing of it. */
export const biasIdle: Rule = {
  codes: ['bias-idle'],
  severity: 'information',
  check({ recipe, counted }) {
    if (!counted) return [];
    return recipe.adapters.flatMap(({ options: { bias } }, index) => {
      const claimed = counted.claims.some((claim) => claim.index === index);
      if (!claimed || (bias !== 'all' && bias !== 'lora_only')) return [];
      const trained = counted.biases.some(({ module, entry }) =>
        bias === 'all' ? true : entry === index || counted.claims.some((c) => c.index === index && c.module === module),
      );
      if (trained) return [];
      const where = bias === 'all' ? 'The model has' : 'The adapted matrices have';
      const message = `${where} no biases, so \`bias: ${bias}\` trains nothing more than \`none\`.`;
      const replace = [{ title: 'Set to none', text: 'none' }];
      return [{ code: 'bias-idle', message, path: ['adapters', index, 'bias'], replace }];
    });
  },
};
