import { expect, test } from 'vitest';
import { phaseText, stateText } from '../../../server/metrics/run-state.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const text = (more: Partial<RunRecord>) => stateText({ state: 'running', ...more } as RunRecord);

test('what says more than the state is said in its place', () => {
  const rungs = [{ step: 40, value: 2 }];
  const paused = { reason: 'disk-full', path: '/p', since: 't' } as const;
  const stalled = { since: 't', usual: 1 };
  const halted = { step: 40, rank: 7, of: 9, metric: 'loss' };
  expect(text({ state: 'queued', rungs })).toBe('waiting for the others (step 40)');
  expect(text({ state: 'queued', rungs, passed: 1 })).toBe('queued');
  expect(text({ state: 'queued', unattended: true })).toBe('waiting: no daemon');
  // It began, or was cancelled.
  expect(text({ unattended: true })).toBe('running');
  expect([text({ paused, stalled }), text({ stalled }), text({})]).toEqual(['paused', 'stalled', 'running']);
  // What a file says of a run that has ended holds nothing up.
  expect(text({ state: 'interrupted', paused })).toBe('interrupted');
  expect(text({ state: 'cancelled', halted })).toBe('stopped at step 40: 7th of 9');
  expect(text({ state: 'cancelled', overBudget: true })).toBe('out of budget');
});

test('a stall says where the run is, as far as that is known', () => {
  const at = (phase?: string) => phaseText({ since: 't', ...(phase && { phase: phase as never }) });
  expect([at('writing'), at('evaluating'), at('of another version'), at()]).toEqual([
    'while saving',
    'while evaluating',
    'while of another version',
    '',
  ]);
});
