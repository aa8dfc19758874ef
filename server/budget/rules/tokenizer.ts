import type { Rule } from './rule.ts';

/** Text needs a tokenizer; data that is token ids already does not. So do the prompts of samples. */
export const tokenizer: Rule = {
  codes: ['tokenizer-missing'],
  severity: 'information',
  atLaunch: 'error',
  check({ recipe, world: { model, data } }) {
    const columns = data?.train?.columns ?? [];
    if (!model || model.tokenizerFile || model.table.shape.image) return [];
    const isText = columns.length > 0 && !columns.includes(recipe.data?.columns.input_ids ?? 'input_ids');
    if (!isText && recipe.training.samples === undefined) return [];
    const message =
      'The model folder has no tokenizer.json (nor vocab.txt, or vocab.json with merges.txt), so text cannot become tokens. In Python: ' +
      '`AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER)` writes it.';
    return [{ code: 'tokenizer-missing', message, path: 'model.path' }];
  },
};
