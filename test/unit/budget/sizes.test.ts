import { expect, test } from 'vitest';
import { analyse } from '../../../server/budget/analyse.ts';
import { applied, parse } from '../recipe/harness.ts';
import { analysed, brief, recipeText, worldOf } from './harness.ts';

const llama = 'llama-3-8b';
const budget = (limit: string) => `budget: {${limit}}`;

/** The recipe after its only fix, counted again. */
function fitted(entries: string, limit: string) {
  const text = recipeText(llama, entries, budget(limit));
  const [diagnostic] = analyse(parse(text), worldOf(llama)).diagnostics;
  expect(diagnostic?.code).toBe('budget-exceeded');
  const [fix] = diagnostic!.fixes!;
  const after = applied(parse(text), fix!);
  return { title: fix!.title, text: after, analysis: analyse(parse(after), worldOf(llama)) };
}

test.each([
  ['method: lora, rank: 64', 'rank', '11M'],
  ['method: lora', 'rank', '2M'],
  ['method: svft, pattern: banded, off_diagonals: 16', 'off_diagonals', '5M'],
  ['method: svft, pattern: random, num_coefficients: 100000', 'num_coefficients', '5M'],
])('the fix of {%s} takes the largest %s that fits %s, and one more does not', (entry, field, limit) => {
  const { text, analysis } = fitted(`{${entry}}`, `trainable: ${limit}`);
  expect(brief(analysis.diagnostics)).toEqual([]);
  const size = Number(new RegExp(`${field}: (\\d+)`).exec(text)![1]);
  const more = analyse(parse(text.replace(`${field}: ${size}`, `${field}: ${size + 1}`)), worldOf(llama));
  expect(brief(more.diagnostics)).toContain('error budget-exceeded budget.trainable');
});

test('of two entries each can make room, the other as it is', () => {
  const text = recipeText(
    llama,
    '{method: lora, name: q, rank: 64, target_modules: [q_proj]}, {method: lora, name: v, rank: 32, target_modules: [v_proj]}',
    budget('trainable: 18M'),
  );
  const [diagnostic] = analyse(parse(text), worldOf(llama)).diagnostics;
  expect(diagnostic!.fixes!.map(({ title }) => title)).toEqual([
    'Fit rank of q to the budget: 64 → 48',
    'Fit rank of v to the budget: 32 → 7',
  ]);
});

test('nothing is offered where no size is small enough, or the method has none', () => {
  const fixes = (entry: string) => analysed(llama, entry, budget('trainable: 100')).diagnostics[0]!.fixes;
  expect(fixes('{method: lora}')).toBeUndefined();
  expect(fixes('{method: svft}')).toBeUndefined();
});

test('memory: a smaller rank where that is enough', () => {
  const needed = analysed(llama, '{method: lora, rank: 8}').estimate!.memory.expected;
  const { text } = fitted('{method: lora, rank: 512}', `memory: ${needed}`);
  expect(text).toContain('rank: 8');
});

test.each([
  ['{method: lora, rank: auto}', 'trainable: 2M', 'rank', 4],
  ['{method: svft, pattern: banded, off_diagonals: auto}', 'trainable: 1.4M', 'off_diagonals', 3],
  ['{method: svft, pattern: random, num_coefficients: auto}', 'trainable: 64k', 'num_coefficients', 1000],
])('auto in %s', (entry, limit, field, value) => {
  const { recipe, diagnostics } = analysed(llama, entry, budget(limit));
  expect(diagnostics).toEqual([]);
  const [resolved] = recipe!.adapters;
  expect(field === 'rank' ? resolved!.rank : resolved!.options[field]).toBe(value);
});

test('auto never goes above what the matrices take, whatever the budget', () => {
  const { recipe } = analysed(llama, '{method: lora, rank: auto}', budget('trainable: 100000M'));
  expect(recipe!.adapters[0]!.rank).toBe(1024);
});

test('auto without a budget, or where nothing fits, is an error at its field', () => {
  const banded = '{method: svft, pattern: banded, off_diagonals: auto}';
  expect(brief(analysed(llama, banded).diagnostics)).toEqual(['error auto-needs-budget adapters.0.off_diagonals']);
  const [finding] = analysed(llama, banded, budget('trainable: 10')).diagnostics.filter(({ code }) =>
    /auto/.test(code),
  );
  expect(finding!.message).toBe(
    'Even `off_diagonals: 0` needs 163,840 parameters, more than the budget of 10. Raise the budget, or adapt fewer modules.',
  );
});
