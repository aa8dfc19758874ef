/** Sweeps: their points are runs like others, made together, cancelled together and gone on with together. */
import { rm } from 'node:fs/promises';
import { RankwiseError } from '../base/errors.ts';
import type { DaemonRequests, SubmitSweepParams } from '../protocol/daemon.ts';
import type { RunRecord, SweepPlace } from '../protocol/runs.ts';
import { type AgainOptions, demandRoom, goOn, stopPoints } from './again.ts';
import { createNamed, folderName, timestamp } from './directories.ts';
import { isActive } from './record.ts';
import type { Daemon } from './requests.ts';
import type { RunStore } from './store.ts';
import { takeFromTwin } from './twins.ts';

/** Makes the directories of all points, or none. Errors: those of `createRunDirectory`, `queue-full`. */
export async function submitSweep(
  daemon: Daemon,
  params: SubmitSweepParams,
): Promise<DaemonRequests['submitSweep']['result']> {
  const { store, queue, log } = daemon;
  demandRoom(daemon, params.points.length);
  const records = await createPoints(store, params);
  // All are known before the first one begins: they are compared with each other.
  await store.add(...records).catch(async (error: unknown) => {
    await removeAll(records);
    throw error;
  });
  for (const record of records)
    if (!(await takeFromTwin(store, record, log)))
      queue.add({ run: record.run, resume: false, allowDifferentBackend: false });
  return { sweep: records[0]!.sweep!.id, runs: records.map(({ run }) => store.get(run)!) };
}

/** `<timestamp>-<name>-p01` …: the first directory that can be made decides the sweep's id, so two sweeps never share one. */
async function createPoints(store: RunStore, { name, points, ...rest }: SubmitSweepParams): Promise<RunRecord[]> {
  const { metric, again, halving, budget } = rest;
  const now = new Date();
  const stem = `${timestamp(now)}-${folderName(name)}`;
  const { output } = points[0]!.submit;
  const width = Math.max(2, String(points.length).length);
  const records: RunRecord[] = [];
  let id = '';
  try {
    for (const [i, { submit, values }] of points.entries()) {
      const suffix = `p${String(i + 1).padStart(width, '0')}`;
      const place = (): SweepPlace => ({
        ...{ id, name, point: i + 1, points: points.length, values },
        ...(metric !== undefined && { metric }),
        ...(again === true && { again }),
        ...(halving !== undefined && { halving }),
        ...(budget !== undefined && { budget }),
      });
      const called = { ...submit, output, name: `${name}-${suffix}` };
      const record = await createNamed(called, now, (attempt) => {
        if (i > 0) return { id: `${id}-${suffix}${attempt === 1 ? '' : `-${attempt}`}`, more: { sweep: place() } };
        id = unusedId(store, stem, attempt === 1 ? undefined : id);
        return { id: `${id}-${suffix}`, more: { sweep: place() } };
      });
      records.push(record);
    }
    return records;
  } catch (error) {
    await removeAll(records);
    throw error;
  }
}

async function removeAll(records: readonly RunRecord[]): Promise<void> {
  for (const { run } of records) await rm(run, { recursive: true, force: true });
}

/** The next of `stem`, `stem-2`, … after `last` that no known sweep has. */
function unusedId(store: RunStore, stem: string, last: string | undefined): string {
  const next = last === undefined ? 1 : Number(last.slice(stem.length + 1) || 1) + 1;
  for (let i = next; ; i++) {
    const id = i === 1 ? stem : `${stem}-${i}`;
    if (!store.find(({ sweep }) => sweep?.id === id)) return id;
  }
}

/** Errors: `unknown-sweep`, `sweep-not-active`. */
export async function cancelSweep(daemon: Daemon, id: string): Promise<{ runs: RunRecord[] }> {
  const { store } = daemon;
  const points = pointsOf(store, id);
  if (!points.some(isActive))
    throw new RankwiseError(
      'sweep-not-active',
      `No point of the sweep ${id} waits or runs: there is nothing to cancel.`,
    );
  await stopPoints(daemon, points, 'cancel');
  return { runs: points.map(({ run }) => store.get(run)!) };
}

/** Points that halving has ended stay so. Errors: `unknown-sweep`, `sweep-nothing-to-resume`, `queue-full`. */
export async function resumeSweep(
  daemon: Daemon,
  id: string,
  failed: boolean,
  options: AgainOptions,
): Promise<{ runs: RunRecord[] }> {
  const { store, queue } = daemon;
  const points = pointsOf(store, id);
  const states = failed ? ['failed'] : ['cancelled', 'interrupted', 'failed'];
  const stopped = points.filter(({ run, state, halted }) => states.includes(state) && !halted && !queue.has(run));
  if (stopped.length === 0)
    throw new RankwiseError(
      'sweep-nothing-to-resume',
      `The sweep ${id} has no ${failed ? 'failed' : 'stopped'} point: there is nothing to resume.`,
      {
        hint: points.some(({ state, halted }) => ['cancelled', 'interrupted'].includes(state) && !halted)
          ? '`rankwise resume` without --failed goes on with the points that were cancelled or interrupted.'
          : points.some(({ halted }) => halted)
            ? 'A point that halving has stopped goes on by `rankwise resume` with its own name; `rankwise runs` shows them.'
            : '`rankwise runs` shows its points.',
      },
    );
  demandRoom(daemon, stopped.length);
  await goOn(
    daemon,
    stopped.map(({ run }) => run),
    options,
  );
  return { runs: points.map(({ run }) => store.get(run)!) };
}

/** In their order; what is gone is `missing`. */
function pointsOf(store: RunStore, id: string): RunRecord[] {
  const points = store.pointsOf(id);
  if (points.length === 0)
    throw new RankwiseError('unknown-sweep', `There is no sweep ${id}.`, { hint: '`rankwise runs` lists the sweeps.' });
  return store.looked(points).sort((a, b) => a.sweep!.point - b.sweep!.point);
}
