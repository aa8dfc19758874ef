import { expect, test } from 'vitest';
import { RankwiseError } from '../../../server/base/errors.ts';
import { type Io, oneLine, plain, table } from '../../../server/cli/output.ts';
import { Progress } from '../../../server/cli/progress.ts';
import { reportDiagnostics, reportError } from '../../../server/cli/report.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';

function recorder(more: Partial<Io> = {}) {
  const lines: string[] = [];
  const io: Io = {
    json: false,
    say: (text) => lines.push(text),
    write: (text) => lines.push(text),
    value: (value) => lines.push(JSON.stringify(value)),
    fault: (value) => lines.push(JSON.stringify(value)),
    warn: (text) => lines.push(text),
    live: false,
    columns: () => 80,
    paint: (_, text) => text,
    paintError: (_, text) => text,
    ...more,
  };
  return { io, lines };
}

test('a table is as wide as its widest cells', () => {
  expect(
    table(
      [
        ['name', 'n'],
        ['größe', '1'],
        ['x', '1,000'],
      ],
      [1],
    ),
  ).toEqual(['name       n', 'größe      1', 'x      1,000']);
});

test('control characters from files do not reach the terminal', () => {
  expect(plain('a\x1b[2Jb\x07\nc\td\x9b')).toBe('a�[2Jb�\nc\td�');
  expect(oneLine('\nAn\x07swer: \n\n no.\n')).toBe('An�swer: ⏎ no.');
});

test('an error names file, code and hint, and no stack', () => {
  const { io, lines } = recorder();
  const error = new RankwiseError('bad-row', 'Row 3 is broken.', {
    file: '/d/a.jsonl',
    field: 'text',
    hint: 'Mend it.',
  });
  expect(reportError(error, io, {})).toBe(2);
  expect(lines).toEqual(['/d/a.jsonl: text: error[bad-row]: Row 3 is broken.', '  hint: Mend it.']);
});

test('decompositions: a line at every tenth of the way, or one line that is rewritten', () => {
  const events = Array.from({ length: 20 }, (_, i) => ({
    event: 'preparing' as const,
    time: '',
    run: '/r',
    done: i + 1,
    total: 20,
    remainingSeconds: 19 - i,
  }));
  const { io, lines } = recorder();
  const plainly = new Progress(io, 10);
  for (const event of events) plainly.take(event);
  expect(lines).toHaveLength(11);
  expect(lines[1]).toBe('decomposing weights for the start, once: 2 of 20, about 18 s left');
  expect(lines.at(-1)).toBe('decomposing weights for the start, once: 20 of 20');
  const live = recorder({ live: true });
  const bar = new Progress(live.io, 10);
  for (const event of events) bar.take(event);
  expect(live.lines[0]).toMatch(/^\r.* 1 of 20/);
  expect(live.lines.at(-1)).toBe('decomposing weights for the start, once: 20 of 20');
});

test('a defect is exit code 1, with its stack only when asked for', () => {
  const { io, lines } = recorder();
  expect(reportError(new TypeError('oops'), io, {})).toBe(1);
  expect(lines.join('\n')).not.toContain('at ');
  reportError(new TypeError('oops'), io, { RANKWISE_DEBUG: '1' });
  expect(lines.join('\n')).toContain('    at ');
});

const step = (n: number): RunEvent => ({
  event: 'step',
  time: '',
  step: n,
  epoch: 0,
  loss: 1.5,
  learning_rate: 0,
  grad_norm: 0,
  tokens: 1,
  tokens_per_second: 1234,
  step_seconds: 0.5,
  memory_bytes: 0,
});

test('the cost of gradient checkpointing is said once', () => {
  const { io, lines } = recorder();
  const progress = new Progress(io, 200);
  const event = {
    event: 'compiled',
    time: '',
    step: 0,
    part: 'training',
    nodes: 9,
    seconds: 1,
    flops: 1,
    check: 'slice',
  } as const;
  for (const recomputed of [undefined, 0.312, 0.315]) progress.take({ ...event, ...(recomputed && { recomputed }) });
  expect(lines).toEqual(['gradient checkpointing: 31% more computation a step']);
});

test('without a terminal there are ten lines of progress', () => {
  const { io, lines } = recorder();
  const progress = new Progress(io, 200);
  for (let n = 1; n <= 200; n++) progress.take(step(n));
  expect(lines).toHaveLength(10);
  expect(lines[4]).toBe('100/200  loss 1.5000  1,234 tokens/s  ETA 50 s');
});

test('images have no tokens: steps are counted', () => {
  const { io, lines } = recorder();
  const progress = new Progress(io, 1);
  const images = { event: 'encoded', time: '', part: 'training', rows: 9, examples: 9, tokens: 0 } as const;
  progress.take({ ...images, cached: false, seconds: 0.1 });
  progress.take(step(1));
  expect(lines[1]).toBe('1/1  loss 1.5000  2.00 steps/s  ETA 0 s');
});

test('ranks that are taken away stand beside the loss', () => {
  const { io, lines } = recorder();
  const progress = new Progress(io, 200);
  const ranks = (n: number, budget: number) =>
    progress.take({ event: 'ranks', time: '', step: n, budget, ranks: [budget] });
  ranks(0, 168);
  ranks(90, 96);
  progress.take(step(100));
  expect(lines).toEqual(['100/200  loss 1.5000  ranks 96/168  1,234 tokens/s  ETA 50 s']);
});

test.each([
  [44, ' 50%  100/200  loss 1.5000  1,234 tokens/s'],
  [40, ' 50%  100/200  loss 1.5000'],
  [20, ' 50%  100/200'],
  [10, ' 50%'],
])('on a terminal of %i columns whole fields are left out', (columns, expected) => {
  const { io, lines } = recorder({ live: true, columns: () => columns });
  new Progress(io, 200).take(step(100));
  expect(lines).toEqual([`\r${expected}\x1b[K`]);
});

test('of many diagnostics the first twenty are shown, errors before the rest', () => {
  const { io, lines } = recorder();
  const at = { line: 0, character: 0 };
  const finding = (n: number) =>
    ({ code: `c${n}`, severity: n < 29 ? 'warning' : 'error', message: 'm', range: { start: at, end: at } }) as const;
  reportDiagnostics(
    '/r.peft',
    Array.from({ length: 30 }, (_, n) => finding(n)),
    io,
  );
  expect(lines).toHaveLength(21);
  expect([lines[0], lines[1], lines[20]]).toEqual([
    '/r.peft:1:1: error[c29]: m',
    '/r.peft:1:1: warning[c0]: m',
    '… and 10 more',
  ]);
});

test.each([200, 80, 40, 20])('on a terminal of %i columns the bar is one line', (columns) => {
  const { io, lines } = recorder({ live: true, columns: () => columns });
  new Progress(io, 200).take(step(100));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor takes no room
  expect(lines.join('').replace(/\r|\x1b\[K/g, '').length).toBeLessThan(columns);
  expect(lines.join('')).toContain(columns > 40 ? 'ETA 50 s' : '50%');
});

test('encoding: how far it is without a terminal at each tenth, and what the data came to', () => {
  const { io, lines } = recorder();
  const progress = new Progress(io, 10);
  const encoding = { event: 'encoding', time: '', run: '/r', part: 'training', totalBytes: 2 ** 20 } as const;
  progress.take({ ...encoding, rows: 1000, bytes: 2 ** 18, remainingSeconds: 3 });
  progress.take({ ...encoding, rows: 1010, bytes: 2 ** 18 + 100, remainingSeconds: 3 });
  progress.take({ ...encoding, rows: 4000, bytes: 2 ** 20 });
  const encoded = { event: 'encoded', time: '', part: 'training', rows: 4000, examples: 3990, tokens: 81920 } as const;
  progress.take({ ...encoded, packedRows: 160, cached: true, seconds: 0.1 });
  progress.take({ ...encoded, heldBack: 990, tokens: 0, cached: false, seconds: 0.1 });
  expect(lines).toEqual([
    'encoding the training data: 1,000 rows, 256 KiB of 1 MiB, about 3 s left',
    'encoding the training data: 4,000 rows, 1 MiB of 1 MiB',
    'training data: 3,990 examples, 81,920 tokens, packed into 160 rows, kept from an earlier run',
    'training data: 3,990 examples, 990 of them for validation',
  ]);
});
