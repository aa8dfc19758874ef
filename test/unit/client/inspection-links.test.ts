import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { linksIn } from '../../../client/inspection-links.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rw-links-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('folders lead to their configuration, recipes to themselves, and what is not there to nothing', () => {
  const adapter = path.join(scratch, 'my adapter');
  mkdirSync(adapter);
  const config = path.join(adapter, 'adapter_config.json');
  const recipe = path.join(scratch, 'recipe.peft');
  for (const file of [config, recipe]) writeFileSync(file, '');
  const lines = [
    'pirate: LoRA',
    `folder       ${adapter}`,
    `             ${adapter}`,
    'saved whole  score',
    `recipe       ${recipe}`,
    `base         ${scratch}/gone`,
    `warning[x]: ${recipe}`,
  ];
  expect(linksIn(lines.join('\n'))).toEqual([
    { line: 1, from: 13, to: 13 + adapter.length, file: config },
    { line: 2, from: 13, to: 13 + adapter.length, file: config },
    { line: 4, from: 13, to: 13 + recipe.length, file: recipe },
  ]);
});
