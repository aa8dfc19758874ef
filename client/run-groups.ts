/**
 * The order of the runs view, kept current one run at a time: with 10,000 runs a step of one of them costs what that run costs. Pure:
 * tested without an editor.
 */
import { isPoint, isSettled, type PointRecord, type Sweep } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { isActive } from './run-text.ts';

export type GroupId = 'active' | 'stopped' | 'finished' | 'archived';

/** A line of a group: a run of its own, or a sweep with its points below it. */
export type Entry = { run: RunRecord } | { sweep: Sweep };

/** An entry where it stands, with all that decides its place. */
interface Placed {
  key: string;
  group: GroupId;
  entry: Entry;
  starred: boolean;
  /** In what is in progress: sweeps, then what runs, then the queue. */
  rank: 0 | 1 | 2;
  created: string;
  /** How many runs it shows. */
  runs: number;
}

const order: readonly GroupId[] = ['active', 'stopped', 'finished', 'archived'];

export class RunGroups {
  private matches: (record: RunRecord) => boolean = () => true;
  private readonly records = new Map<string, RunRecord>();
  private readonly sweeps = new Map<string, Sweep>();
  /** By run directory, or `sweep:` and the sweep's id. */
  private readonly placed = new Map<string, Placed>();
  private lists = new Map<GroupId, Placed[]>();
  /** Runs that pass the filter. */
  shown = 0;

  get total(): number {
    return this.records.size;
  }

  /** Shows only what `matches`. A sweep is there with those of its points. */
  filter(matches: (record: RunRecord) => boolean): void {
    this.matches = matches;
    this.placeAll();
  }

  reset(records: Iterable<RunRecord>): void {
    this.records.clear();
    this.sweeps.clear();
    for (const record of records) {
      this.records.set(record.run, record);
      if (isPoint(record)) this.sweepOf(record).runs.push(record);
    }
    for (const { runs } of this.sweeps.values()) runs.sort(byPoint);
    this.placeAll();
  }

  /** Takes a run that is new or changed. @returns whether a line came, went or moved, or there is one run more; else only what the run's line says is new. */
  put(record: RunRecord): boolean {
    const isNew = !this.records.has(record.run);
    this.records.set(record.run, record);
    if (!isPoint(record)) return this.place(record.run, this.placeOfRun(record)) || isNew;
    const sweep = this.sweepOf(record);
    const wasShown = this.points(sweep.id).length;
    const at = sweep.runs.findIndex(({ run }) => run === record.run);
    sweep.runs = at < 0 ? [...sweep.runs, record].sort(byPoint) : sweep.runs.with(at, record);
    const moved = this.place(sweepKey(sweep.id), this.placeOfSweep(sweep));
    return moved || isNew || wasShown !== this.points(sweep.id).length;
  }

  /** Those that hold something. */
  ids(): GroupId[] {
    return order.filter((id) => this.count(id) > 0);
  }

  /** The first `most` of a group. */
  entries(id: GroupId, most?: number): Entry[] {
    return (this.lists.get(id) ?? []).slice(0, most).map(({ entry }) => entry);
  }

  count(id: GroupId): number {
    return this.lists.get(id)?.length ?? 0;
  }

  /** With all its points. */
  sweep(id: string): Sweep | undefined {
    return this.sweeps.get(id);
  }

  /** The points of a sweep that are shown. */
  points(id: string): PointRecord[] {
    const entry = this.placed.get(sweepKey(id))?.entry;
    return entry && 'sweep' in entry ? entry.sweep.runs : [];
  }

  /** The group of a run or sweep; undefined where the filter hides it. */
  groupOf(key: string): GroupId | undefined {
    return this.placed.get(key)?.group;
  }

  private sweepOf({ sweep: { id, name } }: PointRecord): Sweep {
    const sweep = this.sweeps.get(id) ?? { id, name, runs: [] };
    this.sweeps.set(id, sweep);
    return sweep;
  }

  private placeAll(): void {
    this.placed.clear();
    this.lists = new Map(order.map((id) => [id, []]));
    this.shown = 0;
    const all = [
      ...[...this.records.values()].flatMap((record) => (isPoint(record) ? [] : (this.placeOfRun(record) ?? []))),
      ...[...this.sweeps.values()].flatMap((sweep) => this.placeOfSweep(sweep) ?? []),
    ];
    for (const one of all) {
      this.placed.set(one.key, one);
      this.lists.get(one.group)!.push(one);
      this.shown += one.runs;
    }
    for (const list of this.lists.values()) list.sort(compare);
  }

  /** @returns whether that changes where anything stands. */
  private place(key: string, now: Placed | undefined): boolean {
    const before = this.placed.get(key);
    this.shown += (now?.runs ?? 0) - (before?.runs ?? 0);
    if (before && now && before.group === now.group && compare(before, now) === 0) {
      before.entry = now.entry;
      before.runs = now.runs;
      return false;
    }
    if (before) {
      const list = this.lists.get(before.group)!;
      list.splice(positionIn(list, before), 1);
    }
    if (now) {
      const list = this.lists.get(now.group)!;
      list.splice(positionIn(list, now), 0, now);
      this.placed.set(key, now);
    } else this.placed.delete(key);
    return before !== undefined || now !== undefined;
  }

  private placeOfRun(record: RunRecord): Placed | undefined {
    if (!this.matches(record)) return undefined;
    const { run: key, createdAt: created, labels, state } = record;
    const group = labels?.archived && !isActive(record) ? 'archived' : groupOf([record]);
    const rank = state === 'running' ? 1 : state === 'queued' ? 2 : 0;
    return { key, group, entry: { run: record }, starred: labels?.starred === true, rank, created, runs: 1 };
  }

  private placeOfSweep(sweep: Sweep): Placed | undefined {
    const { runs: all } = sweep;
    const runs = all.filter(this.matches);
    if (runs.length === 0) return undefined;
    const key = sweepKey(sweep.id);
    const archived = all.every(({ labels }) => labels?.archived) && !all.some(isActive);
    const starred = all.every(({ labels }) => labels?.starred);
    const group = archived ? 'archived' : groupOf(all);
    const entry = { sweep: { ...sweep, runs } };
    return { key, group, entry, starred, rank: 0, created: all[0]!.createdAt, runs: runs.length };
  }
}

export const sweepKey = (id: string): string => `sweep:${id}`;

const byPoint = (a: PointRecord, b: PointRecord): number => a.sweep.point - b.sweep.point;

/** A sweep is in progress as long as one of its points is. */
function groupOf(runs: readonly RunRecord[]): GroupId {
  if (runs.some(isActive)) return 'active';
  return runs.every(isSettled) ? 'finished' : 'stopped';
}

/** Starred first, then the newest; what is in progress keeps the order of the queue. */
function compare(a: Placed, b: Placed): number {
  if (a.group === 'active') {
    if (a.rank !== b.rank) return a.rank - b.rank;
    if (a.rank === 2) return compareText(a.created, b.created) || compareText(a.key, b.key);
  } else if (a.starred !== b.starred) return a.starred ? -1 : 1;
  return compareText(b.created, a.created) || compareText(a.key, b.key);
}

/** Times in ISO's form and paths: no language's order is meant. */
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where `one` stands or would stand. */
function positionIn(list: readonly Placed[], one: Placed): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(list[middle]!, one) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
