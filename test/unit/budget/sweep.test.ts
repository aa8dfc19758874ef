import { beforeAll, expect, test } from 'vitest';
import { judgePoint, pointFindings, pointsOf, readPoint, someOf } from '../../../server/budget/sweep.ts';
import type { World } from '../../../server/budget/types.ts';
import { loadModel } from '../../../server/checkpoint/workspace.ts';
import { methods } from '../../../server/methods/registry.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const spec = { path: 'test/fixtures/tiny/llama', task: 'causal-lm' } as const;
let world: World;
beforeAll(async () => {
  world = (await loadModel(process.cwd(), spec)).value;
});

/** Findings of all points of a LoRA recipe, each with the text that it stands at. */
function findings(sweep: string, more = ''): [code: string, at: string, message: string][] {
  const entry = '{ method: lora, target_modules: [q_proj, v_proj] }';
  const text = `version: 1\nmodel: { path: ${spec.path} }\nadapters: [${entry}]\nsweep: ${sweep}\n${more}\n`;
  const document = parseRecipe(text, methods);
  const judged = pointsOf(document).map((point) => judgePoint(point, readPoint(point, 'r'), world));
  return pointFindings(document, judged).map(({ code, range, message }) => [
    code,
    text.split('\n')[range.start.line]!.slice(range.start.character, range.end.character),
    message,
  ]);
}

test('an error of several points is shown once, at the value that they share', () => {
  const found = findings('{ training.seed: [1, 2, 3], adapters.0.rank: [4, 4096] }');
  expect(found).toEqual([['rank-too-large', '4096', expect.stringMatching(/^rank 4096: Rank 4096 is above/)]]);
});

test('one of a field that is not varied is shown at the value that all its points have, and no other', () => {
  const found = findings('{ training.batch_size: [1, 2], adapters.0.rank: [2, 8] }', 'budget: { trainable: 1000 }');
  expect(found.map(([code, at]) => [code, at])).toEqual([['budget-exceeded', '8']]);
});

test('one that only several values together make is shown at the sweep, and names them', () => {
  const sweep = '{ adapters.0.rank: [2, 8], adapters.0.target_modules: [[q_proj], [q_proj, v_proj]] }';
  const found = findings(sweep, 'budget: { trainable: 3000 }');
  expect(found).toEqual([
    ['budget-exceeded', 'sweep', expect.stringMatching(/^rank 8, target_modules \["q_proj","v_proj"\]: /)],
  ]);
});

test('while somebody types, some are judged: every value of every path before combinations, no seeds', () => {
  const ranks = JSON.stringify(Array.from({ length: 30 }, (_, i) => i + 1));
  const sweep = `{ training.seed: [1, 2, 3], training.batch_size: [1, 2, 4], adapters.0.rank: ${ranks} }`;
  const text = `version: 1\nmodel: { path: m }\nadapters: [{ method: lora }]\nsweep: ${sweep}\n`;
  const some = someOf(parseRecipe(text, methods), 32).map(({ values }) => Object.values(values));
  expect(some).toHaveLength(32);
  expect(some.slice(0, 3)).toEqual([
    [1, 1, 1],
    [1, 1, 2],
    [1, 1, 3],
  ]);
  expect(new Set(some.map(([, batch]) => batch))).toEqual(new Set([1, 2, 4]));
  expect(new Set(some.map(([seed]) => seed))).toEqual(new Set([1]));
});
