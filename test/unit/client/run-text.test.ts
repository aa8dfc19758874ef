import { describe, expect, it } from 'vitest';
import { description, facts, lastName, runContext, statusBar } from '../../../client/run-text.ts';
import type { RunRecord, RunState } from '../../../server/protocol/runs.ts';

const run = (state: RunState, more: Partial<RunRecord> = {}): RunRecord => ({
  format: 1,
  id: 'id',
  run: `/runs/${more.name ?? 'pirate'}`,
  name: 'pirate',
  recipe: '/pirate.peft',
  state,
  method: 'lora',
  model: 'tiny',
  step: 40,
  totalSteps: 120,
  createdAt: '2026-01-01T00:00:00Z',
  resumes: 0,
  lastLoss: 2.3142,
  ...more,
});
const result = { trainableParameters: 98304, allParameters: 3e6, percent: 3.0299, adapterBytes: 1, seconds: 65 };

describe('tree', () => {
  it('describes each state in a few words', () => {
    expect(description(run('running'))).toBe('step 40/120 · loss 2.31');
    expect(description(run('running', { totalSteps: 0, lastLoss: Number.NaN }))).toBe('starting');
    expect(description(run('queued'))).toBe('queued');
    expect(description(run('queued', { unattended: true }))).toBe('waiting: no daemon');
    expect(description(run('interrupted'))).toBe('interrupted · step 40/120');
    const ends = { base: { loss: 4.713, metrics: {} }, adapted: { loss: 1.715, metrics: {} } };
    expect(description(run('finished', { result: { ...result, ...ends } }))).toBe('loss 4.71 → 1.72');
  });

  it('says what holds up a run', () => {
    const since = '2026-01-01T00:00:00Z';
    const paused = run('running', { paused: { reason: 'disk-full', path: '/runs', since } });
    expect(description(paused)).toBe('paused: the disk is full · step 40/120 · loss 2.31');
    expect(statusBar([paused])!.text).toBe('$(debug-pause) pirate 33% · paused: the disk is full');
    expect(description(run('running', { stalled: { since, usual: 1 } }))).toMatch(
      /^stalled: no word since .+ · step 40/,
    );
  });

  it('lists the facts of a finished run', () => {
    expect(facts(run('finished', { result }))).toContainEqual(['Trainable', '98,304 (3.03%)']);
    expect(facts(run('finished', { result }))).toContainEqual(['Duration', '1 m 05 s']);
  });
});

describe('labels', () => {
  const labels = { title: 'The night', starred: true as const, tags: ['night', 'v2'] };

  it('are in the description, before the date', () => {
    const ended = { endedAt: '2020-06-15T12:00:00Z', labels };
    expect(description(run('finished', ended))).toMatch(/^loss 2.31 · #night #v2 · .*2020/);
    expect(description(run('failed', { labels }))).toBe('failed · step 40/120 · #night #v2');
  });

  it('are words for when-clauses', () => {
    expect(runContext(run('finished', { labels }))).toBe('run.finished starred');
    const sweep = { id: 's', name: 's', point: 1, points: 2, values: {} };
    const imported = { from: '/t', tool: 'transformers' } as const;
    const adapters = [{ name: 'a', path: '/a' }];
    expect(runContext(run('finished', { imported }))).toBe('run.finished imported bare');
    expect(runContext(run('finished', { imported, adapters }))).toBe('run.finished imported adapter');
    expect(runContext(run('missing', { labels: { archived: true }, sweep }))).toBe('run.missing archived point');
  });

  it('leave the name among the facts, with the size where that is known', () => {
    const rows = facts(run('finished', { labels }), 3 * 2 ** 20);
    for (const row of [
      ['Name', 'pirate'],
      ['Tags', 'night, v2'],
      ['On disk', '3 MiB'],
    ])
      expect(rows).toContainEqual(row);
    expect(facts(run('finished')).map(([label]) => label)).not.toContain('Name');
  });
});

describe('status bar', () => {
  it('is there only while something runs', () => {
    expect(statusBar([])).toBeUndefined();
    expect(statusBar([run('running')])!.text).toBe('$(sync~spin) pirate 33% · loss 2.31');
  });

  it('shows what runs before what waits, and of the queue the next', () => {
    const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
    const queue = [run('queued', { name: 'b', createdAt: late }), run('queued', { name: 'a', createdAt: early })];
    expect(statusBar(queue)!.run).toBe('/runs/a');
    expect(statusBar([...queue, run('running', { createdAt: late })])!.run).toBe('/runs/pirate');
  });

  it('counts what waits behind', () => {
    expect(statusBar([run('queued', { name: 'b' }), run('running')])!.text).toMatch(/ \(\+1\)$/);
  });

  it('lets no name draw an icon', () => {
    expect(statusBar([run('running', { name: '$(bug)' })])!.text).not.toContain('$(bug)');
  });
});

it('calls a field by its name, not by a place in a list', () => {
  expect(['training.samples.prompts.0', 'model.path', 'sweep'].map(lastName)).toEqual(['prompts', 'path', 'sweep']);
});
