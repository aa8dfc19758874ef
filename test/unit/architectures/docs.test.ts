import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { families } from '../../../server/architectures/families.ts';

it('docs/MODELS.md lists the families, their tasks and what runs', () => {
  const rows = readFileSync('docs/MODELS.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const expected = families.map(({ title, modelTypes, tasks, runs }) => {
    const types = modelTypes.map((type) => `\`${type}\``).join(', ');
    const running = runs.join(', ');
    return `| ${title} | ${types} | ${tasks.join(', ')} | ${running ? `${running} ` : ''}|`;
  });
  expect(rows.slice(1)).toEqual(expected);
});
