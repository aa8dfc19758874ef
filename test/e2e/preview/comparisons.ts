/** Comparisons of real configs as the language server would answer them, for looking at the budget panel. */
import path from 'node:path';
import { analyse } from '../../../server/budget/analyse.ts';
import type { World } from '../../../server/budget/types.ts';
import { loadModelFacts } from '../../../server/checkpoint/model-facts.ts';
import { comparisonOf } from '../../../server/language/compare.ts';
import type { RecipeState } from '../../../server/language/state.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { ToBudgetView } from '../../../server/protocol/budget-view.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const cwd = path.resolve(import.meta.dirname, '../../fixtures/configs');

/** What the panel is told about a recipe of one of the fixtures' models. */
export async function comparisonFor(model: string, recipe: string, entry?: number): Promise<ToBudgetView> {
  const task = model.startsWith('llama') ? 'causal-lm' : 'sequence-classification';
  const world: World = { model: await loadModelFacts(model, { cwd, task }) };
  const document = parseRecipe(`version: 1\nmodel: { path: ${model}, task: ${task} }\n${recipe}`, methods);
  const analysis = analyse(document, world);
  const state = { recipe: document, analysis, world, diagnostics: analysis.diagnostics } as RecipeState;
  const answer = comparisonOf(state, entry);
  if ('diagnostics' in answer) throw new Error(JSON.stringify(answer.diagnostics));
  return { type: 'comparison', recipe: `${model}.peft`, comparison: answer };
}

const several = `adapters:
  - { name: attention, method: lora, rank: 8, target_modules: [q_proj, v_proj] }
  - { name: mlp, method: svft, pattern: banded, off_diagonals: 5, target_modules: [up_proj, down_proj] }
budget: { trainable: 10M }
`;

export const comparisons: Record<string, ToBudgetView[]> = {
  roberta: [
    await comparisonFor('roberta-large', 'adapters: [{ method: lora, rank: 8, target_modules: [query, value] }]\n'),
  ],
  llama: [
    await comparisonFor(
      'llama-3-8b',
      'adapters: [{ method: lora, rank: 16, target_modules: all-linear }]\nbudget: { trainable: 30M }\n',
    ),
  ],
  several: [await comparisonFor('llama-3-8b', several, 1)],
  over: [
    await comparisonFor(
      'llama-3-8b',
      'adapters: [{ method: lora, rank: 300, target_modules: all-linear }]\nbudget: { trainable: 1M }\n',
    ),
  ],
  findings: [
    {
      type: 'findings',
      recipe: 'faulty.peft',
      diagnostics: [
        {
          code: 'model-missing',
          severity: 'error',
          message: 'There is no folder models/llama-3-8b. Is it models/llama-3.1-8b?',
        },
        { code: 'data-missing', severity: 'warning', message: 'The file data/train.jsonl is not there.' },
      ],
    },
  ],
  reading: [{ type: 'findings', recipe: 'new.peft', diagnostics: [] }],
};

/** As many rows as a comparison might have one day. */
export function enlarged(message: ToBudgetView, size: number): ToBudgetView {
  if (message.type !== 'comparison') return message;
  const { rows } = message.comparison;
  const more = Array.from({ length: Math.max(0, size - rows.length) }, (_, i) => {
    const row = rows[i % rows.length]!;
    return { ...row, form: `variant ${i}`, trainable: row.trainable + i + 1, present: false };
  });
  return { ...message, comparison: { ...message.comparison, rows: [...rows, ...more] } };
}
