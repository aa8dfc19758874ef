import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { families } from '../../../server/architectures/families.ts';
import { unfinished } from '../../../server/budget/unfinished.ts';
import type { Recipe } from '../../../server/recipe/types.ts';

it('docs/MODELS.md lists the families, their tasks and what runs', () => {
  const rows = readFileSync('docs/MODELS.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  // A task that no model is trained for yet is none that runs.
  const task = unfinished.find(({ path }) => path === 'model.task')!;
  const trained = (name: string) => !task.used({ model: { task: name } } as Recipe);
  const expected = families.map(({ title, modelTypes, tasks, runs }) => {
    const types = modelTypes.map((type) => `\`${type}\``).join(', ');
    const running = runs.filter(trained).join(', ');
    return `| ${title} | ${types} | ${tasks.join(', ')} | ${running ? `${running} ` : ''}|`;
  });
  expect(rows.slice(1)).toEqual(expected);
});
