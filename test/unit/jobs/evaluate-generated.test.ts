import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { parted } from '../../../server/jobs/evaluate-generated.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import { byteModel, jobContext, makeRun, temporary } from '../training/runs.ts';

const folder = temporary();
const model = byteModel(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, rows: object[]): string => {
  writeFileSync(path.join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path.join(folder, name);
};
const rows = [
  { prompt: 'x', completion: ' ####4' },
  { prompt: 'y y', completion: ' =12' },
];

test('what a run has learnt by heart it writes again; texts and numbers are scored', async () => {
  const train = file('train.jsonl', rows);
  const run = makeRun(folder, 'by-heart', {
    model: { path: model },
    adapters: [{ method: 'full' }],
    data: { train, validation: undefined },
    training: { max_steps: 40, optimizer: { learning_rate: 0.003 }, scheduler: { name: 'constant' }, save_steps: 100 },
  });
  await trainJob({ run, resume: false }, jobContext());
  const seen: unknown[] = [];
  const generate = { maxNewTokens: 12 };
  const scored = (data: string) =>
    evaluateJob({ run, data, generate }, jobContext({ item: (item) => void seen.push(item) }));
  const learnt = await scored(train);
  expect(learnt.loss).toBeUndefined();
  expect(learnt.answers!.map(({ expected }) => expected)).toEqual(rows.map(({ completion }) => completion));
  expect(learnt.metrics).toEqual({ exact_match: 1, numeric_match: 1 });
  expect(seen).toEqual([1, 2].map((done) => ({ done, total: 2 })));

  const other = await scored(file('other.jsonl', [rows[0]!, { ...rows[1]!, completion: ' =13' }]));
  expect(other.metrics).toEqual({ exact_match: 0.5, numeric_match: 0.5 });
  await expect(scored(file('whole.jsonl', [{ text: 'x y' }]))).rejects.toMatchObject({ code: 'no-prompts' });
});

test('the expected text is the last stretch of labels, less its end token', () => {
  const decode = (ids: readonly number[]) => ids.map((id) => String.fromCharCode(96 + id)).join('');
  const part = (ids: number[], labels: number[]) =>
    parted({ ids: Int32Array.from(ids), labels: Int32Array.from(labels) }, { decode }, new Set([26]));
  expect(part([1, 2, 3, 4, 26], [-100, -100, 3, 4, 26])).toEqual({ prompt: [1, 2], expected: 'cd' });
  expect(part([1, 2, 3, 4, 5], [-100, 2, -100, 4, -100])).toEqual({ prompt: [1, 2, 3], expected: 'd' });
  expect(part([1, 2], [1, 2])).toEqual({ prompt: [], expected: 'ab' });
});
