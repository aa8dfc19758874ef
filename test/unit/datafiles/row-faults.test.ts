/** Rows and images that a run would refuse, found before it. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadSplit } from '../../../server/checkpoint/workspace.ts';
import { mostLookedAt } from '../../../server/datafiles/images/looked-at.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const faultOf = async (specs: string, task: string, columns: Record<string, string> = {}) =>
  (await loadSplit(folder, specs, { role: 'train', task, columns })).value.error;

const rows = (...values: object[]): string => {
  writeFileSync(path.join(folder, 'rows.jsonl'), values.map((value) => JSON.stringify(value)).join('\n'));
  return 'rows.jsonl';
};

test.each([
  ['a number for a text', 'causal-lm', [{ text: 'a' }, { text: 5 }], 'wrong-type', /:2: "text" must be a text, not 5/],
  ['a row without the column', 'causal-lm', [{ text: 'a' }, { txt: 'b' }], 'missing-column', /:2: no column "text"/],
  [
    'ids that are texts',
    'causal-lm',
    [{ input_ids: ['a'] }],
    'wrong-type',
    /:1: "input_ids" must be a list of integers/,
  ],
  ['no text to write', 'seq2seq', [{ prompt: 'a', completion: null }], 'wrong-type', /:1: "completion" must be a text/],
  ['no answer', 'causal-lm', [{ instruction: 'a', output: 1 }], 'wrong-type', /:1: "output" must be a text/],
  [
    'no label',
    'sequence-classification',
    [{ text: 'a', label: 0 }, { text: 'b' }],
    'missing-column',
    /:2: no column "label"/,
  ],
] as const)('%s has its line', async (_, task, values, code, message) => {
  expect(await faultOf(rows(...values), task)).toMatchObject({ code, message: expect.stringMatching(message) });
});

test.each([
  ['what encoders take', 'causal-lm', [{ prompt: [{ role: 'user', content: 'a' }], completion: 'b' }]],
  ['an input that is null', 'causal-lm', [{ instruction: 'a', output: 'b', input: null }]],
  ['columns that fit nothing, which are told elsewhere', 'causal-lm', [{ question: 5 }]],
] as const)('%s is no fault', async (_, task, values) => {
  expect(await faultOf(rows(...values), task)).toBeUndefined();
});

test('one broken image among many is found wherever it is, and again once it is changed', async () => {
  const right = path.join(import.meta.dirname, '../../fixtures/images/gray1.png');
  const cats = path.join(folder, 'photos/cat');
  mkdirSync(cats, { recursive: true });
  for (let i = 0; i < 300; i++) cpSync(right, path.join(cats, `${1000 + i}.png`));
  expect(mostLookedAt).toBeGreaterThan(300);
  expect(await faultOf('photos', 'image-classification')).toBeUndefined();
  const broken = path.join(cats, '1277.png');
  writeFileSync(broken, 'GIF8');
  expect(await faultOf('photos', 'image-classification')).toMatchObject({ code: 'bad-image', file: broken });
});
