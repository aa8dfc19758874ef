import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { JobQueue } from '../../../server/daemon/queue.ts';
import { RunStore } from '../../../server/daemon/store.ts';
import { Supervisor } from '../../../server/daemon/supervisor.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

/** A folder for each test, gone after it. */
export function temporaryFolder(): () => string {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'rw-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return () => root;
}

export const recipeText = 'name: demo\nmodel:\n  path: /models/tiny\nadapters:\n  - method: lora\n  - method: full\n';

/** A run directory with a record, and events if any are given. */
export function makeRun(root: string, more: Partial<RunRecord> = {}, events: object[] = []): RunRecord {
  const run = path.join(root, more.id ?? '20260101-000000-demo');
  const record: RunRecord = {
    format: 1,
    id: path.basename(run),
    run,
    name: 'demo',
    recipe: '/recipes/demo.peft',
    state: 'queued',
    method: 'lora',
    model: 'tiny',
    step: 0,
    totalSteps: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    resumes: 0,
    ...more,
  };
  mkdirSync(run, { recursive: true });
  writeFileSync(path.join(run, 'recipe.peft'), recipeText);
  writeFileSync(path.join(run, 'run.json'), JSON.stringify(record));
  if (events.length > 0)
    writeFileSync(path.join(run, 'metrics.jsonl'), events.map((e) => `${JSON.stringify(e)}\n`).join(''));
  return record;
}

/** The runs that the index in a folder names. */
export async function openStore(root: string): Promise<RunStore> {
  const store = new RunStore(root, () => {});
  await store.load();
  return store;
}

/** Runs in a folder, and workers for them: processes of the script `worker`. */
export function partsIn(root: string, worker: string) {
  const script = path.join(root, 'worker.cjs');
  writeFileSync(script, worker);
  const store = new RunStore(root, () => {});
  return {
    store,
    supervisor: new Supervisor(store, script, () => {}),
    /** Of the one sweep that is there. */
    points: () => store.list().sort((a, b) => a.sweep!.point - b.sweep!.point),
  };
}

/** Until no job waits or goes on, nor anything that ends have led to. */
export const emptied = (queue: JobQueue) => expect.poll(() => queue.size, { timeout: 10_000 }).toBe(0);

const time = '2026-01-01T00:00:01.000Z';
export const event = {
  started: { event: 'started', time, totalSteps: 10, trainableParameters: 1, allParameters: 2 } as unknown as RunEvent,
  resumed: (step: number) => ({ event: 'resumed', time, step }) as unknown as RunEvent,
  step: (step: number) => ({ event: 'step', time, step, loss: 1 / step }) as unknown as RunEvent,
  failed: (step: number) => ({ event: 'failed', time, step, code: 'non-finite-loss', message: 'NaN' }) as RunEvent,
  finished: (step: number, run = '') =>
    ({
      event: 'finished',
      time,
      step,
      run,
      adapters: [{ name: 'lora', path: path.join(run, 'adapter') }],
      result: { trainableParameters: 1 },
    }) as unknown as RunEvent,
};
