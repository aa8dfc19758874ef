/** Logs in other programs' formats. The records of TensorBoard are those that its own writer makes (tensorboard 2.20). */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { crc32c } from '../../../server/jobs/logs/crc32c.ts';
import { csvLog } from '../../../server/jobs/logs/csv.ts';
import { tensorboardLog } from '../../../server/jobs/logs/tensorboard.ts';
import { record } from '../../../server/jobs/logs/tfevents.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';

const disk = vi.hoisted(() => ({ full: false }));
vi.mock('../../../server/base/append-whole.ts', async (original) => {
  const { appendWhole } = await original<typeof import('../../../server/base/append-whole.ts')>();
  return {
    appendWhole: (...args: Parameters<typeof appendWhole>) => {
      if (disk.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      appendWhole(...args);
    },
  };
});

const root = mkdtempSync(path.join(tmpdir(), 'rankwise-logs-'));
afterAll(() => rmSync(root, { recursive: true }));

const step = (n: number, loss = 1): RunEvent => ({
  event: 'step',
  time: '2026-01-01T00:00:00.000Z',
  step: n,
  epoch: n / 4,
  loss,
  learning_rate: 0.1,
  grad_norm: 2,
  tokens: 8,
  tokens_per_second: 16,
  step_seconds: 0.5,
  memory_bytes: 1024,
});
const time = '2026-01-01T00:00:01.000Z';
const evaluation: RunEvent = { event: 'evaluation', time, step: 2, loss: 0.5, metrics: { perplexity: 1.6 } };

test('the checksum is that of the standard', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test.each([
  [
    { time: 1700000000.25, version: 'brain.Event:2' },
    '1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9',
  ],
  [
    {
      time: 1700000001,
      step: 300,
      summaries: [
        { tag: 'train/loss', value: 0.5 },
        { tag: 'train/epoch', value: -2.25 },
      ],
    },
    '3500000000000000d6c55de60900004040fc54d94110ac022a270a110a0a747261696e2f6c6f7373150000003f0a120a0b747261696e2f65706f636815000010c096fd49b5',
  ],
  [
    { time: 1700000002, step: 70000, start: true } as const,
    '11000000000000009d6db52e0900008040fc54d94110f0a2043a02080114c917f2',
  ],
])('an event file record %#', (event, hex) => {
  expect(record(event).toString('hex')).toBe(hex);
});

test('tensorboard: a file for each start of the run, in the order of time', () => {
  const run = path.join(root, 'tensorboard');
  for (let start = 0; start < 2; start++) {
    const log = tensorboardLog(run, 'version: 1');
    if (start > 0) log.append({ event: 'resumed', time, step: 1, pinned: {} as never });
    log.append(step(start + 1));
    log.append(evaluation);
    log.close();
  }
  const files = readdirSync(path.join(run, 'tensorboard')).sort();
  expect(files).toHaveLength(2);
  const [first, second] = files.map((file) => readFileSync(path.join(run, 'tensorboard', file)).toString('latin1'));
  expect(first).toContain('eval/perplexity');
  expect(first).not.toContain(':\x02\x08\x01');
  expect(second).toContain(':\x02\x08\x01');
});

test('tensorboard: a start that had no room on the disk leaves no file', () => {
  const run = path.join(root, 'full');
  disk.full = true;
  expect(() => tensorboardLog(run, 'version: 1')).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  disk.full = false;
  expect(readdirSync(path.join(run, 'tensorboard'))).toEqual([]);
});

test('csv: a row a step and a row an evaluation; what an interruption lost is taken out', () => {
  const run = mkdtempSync(path.join(root, 'csv-'));
  const rows = () => readFileSync(path.join(run, 'metrics.csv'), 'utf8').trim().split('\n');
  const log = csvLog(run, 'causal-lm');
  for (const event of [step(1), step(2), evaluation, step(3)]) log.append(event);
  log.close();
  expect(rows()).toEqual([
    'step,time,epoch,loss,learning_rate,grad_norm,tokens,tokens_per_second,memory_bytes,validation_loss,validation_perplexity',
    '1,2026-01-01T00:00:00.000Z,0.25,1,0.1,2,8,16,1024,,',
    '2,2026-01-01T00:00:00.000Z,0.5,1,0.1,2,8,16,1024,,',
    `2,${time},,,,,,,,0.5,1.6`,
    '3,2026-01-01T00:00:00.000Z,0.75,1,0.1,2,8,16,1024,,',
  ]);
  appendFileSync(path.join(run, 'metrics.csv'), '4,2026-0');
  const again = csvLog(run, 'causal-lm');
  again.append({ event: 'resumed', time, step: 2, pinned: {} as never });
  again.append(step(3, 7));
  again.close();
  expect(rows().map((row) => row.split(',')[0])).toEqual(['step', '1', '2', '2', '3']);
  expect(rows().at(-1)).toContain(',7,');
});
