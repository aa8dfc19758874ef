import type { Rule, RuleContext } from './rule.ts';

/** Text needs a tokenizer; data that is token ids already does not. So do the prompts of samples. */
export const tokenizer: Rule = {
  codes: ['tokenizer-missing'],
  severity: 'information',
  atLaunch: 'error',
  check(context) {
    const { model } = context.world;
    if (!model || model.tokenizerFile || !usesTokenizer(context)) return [];
    const message =
      'The model folder has no tokenizer.json (nor vocab.txt, or vocab.json with merges.txt), so text cannot become tokens. In Python: ' +
      '`AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER)` writes it.';
    return [{ code: 'tokenizer-missing', message, path: 'model.path' }];
  },
};

/** What a run needs the tokenizer for: texts of its data, or the prompts of samples alone; undefined for neither. */
export function usesTokenizer({
  recipe,
  world: { model, data },
}: Pick<RuleContext, 'recipe' | 'world'>): 'texts' | 'prompts' | undefined {
  if (!model || model.table.shape.image) return undefined;
  const columns = data?.train?.columns ?? [];
  if (columns.length > 0 && !columns.includes(recipe.data?.columns.input_ids ?? 'input_ids')) return 'texts';
  return recipe.training.samples === undefined ? undefined : 'prompts';
}
