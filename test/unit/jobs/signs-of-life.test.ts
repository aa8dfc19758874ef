import { rmSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { signsOfLife } from '../../../server/jobs/signs-of-life.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import { byteModel, jobContext, makeRun, temporary } from '../training/runs.ts';

test('a phase is told when it begins, and again at most once a second', () => {
  let now = 0;
  const told: string[] = [];
  const doing = signsOfLife(
    (phase) => told.push(`${phase} ${now}`),
    () => now,
  );
  for (const [phase, time] of [
    ['evaluating', 0],
    ['evaluating', 999],
    ['training', 999],
    ['evaluating', 1000],
    ['evaluating', 1500],
    ['evaluating', 2000],
  ] as const) {
    now = time;
    doing(phase);
  }
  expect(told).toEqual(['evaluating 0', 'training 999', 'evaluating 1000', 'evaluating 2000']);
});

test('a training job says what it is at, and is heard of in each batch of an evaluation and each piece of a sample', async () => {
  const folder = temporary();
  const run = makeRun(folder, 'signs', {
    model: { path: byteModel(folder) },
    training: { max_steps: 2, eval_steps: 1, samples: { prompts: ['x'], max_new_tokens: 20 } },
  });
  const real = performance.now.bind(performance);
  // Each look at the clock is a second later: no sign is held back.
  let looks = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + 2000 * ++looks);
  const told: string[] = [];
  await trainJob({ run, resume: false }, jobContext({ chunk: (phase) => told.push(phase) })).finally(() => {
    clock.mockRestore();
    rmSync(folder, { recursive: true });
  });
  const phases = told.filter((phase, i) => phase !== told[i - 1]);
  expect(phases.slice(0, 4)).toEqual(['loading', 'encoding', 'evaluating', 'training']);
  expect(new Set(phases)).toEqual(new Set(['loading', 'encoding', 'evaluating', 'training', 'sampling', 'writing']));
  const inARow = (phase: string) => told.filter((each, i) => each === phase && told[i - 1] === phase).length;
  expect(inARow('evaluating')).toBeGreaterThan(0);
  expect(inARow('sampling')).toBeGreaterThan(0);
});
