/**
 * Which notices are due, and when this window asks to be the one that shows them: soon where its user looks, later elsewhere, so that of several windows
 * the right one speaks. The daemon grants each once. Pure: tested without an editor.
 */
import type { NoticeSubject, RunNotice } from '../server/protocol/notices.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { isActive } from './run-text.ts';

/** `watching`: the user sees the run itself in this window. */
export type Nearness = 'watching' | 'focused' | 'concerned' | 'other';

/** Milliseconds before a window asks. */
export const patience: Record<Nearness, number> = { watching: 0, focused: 250, concerned: 700, other: 2000 };

export interface DeskOptions {
  get(run: string): RunRecord | undefined;
  /** All points of the sweep that a run is one of; undefined for a run of its own. */
  points(record: RunRecord): readonly RunRecord[] | undefined;
  nearness(record: RunRecord): Nearness;
  claim(notices: RunNotice[]): Promise<boolean[]>;
  /** What was granted at one time; what the user is watching is left out. */
  say(granted: { about: NoticeSubject; record: RunRecord }[]): void;
  fail(error: unknown): void;
}

interface Waiting {
  notice: RunNotice;
  timer: NodeJS.Timeout;
}

export class NoticeDesk {
  private readonly options: DeskOptions;
  private readonly waiting = new Map<string, Waiting>();
  /** Asked for at this moment together. */
  private ready: RunNotice[] = [];

  constructor(options: DeskOptions) {
    this.options = options;
  }

  /** To be called with each record that is new or changed. */
  consider(record: RunRecord): void {
    for (const notice of due(record, this.options.points(record))) {
      const key = JSON.stringify(notice);
      if (this.waiting.has(key)) continue;
      const timer = setTimeout(() => {
        this.waiting.delete(key);
        this.ready.push(notice);
        if (this.ready.length === 1) setImmediate(() => void this.ask().catch(this.options.fail));
      }, patience[this.options.nearness(record)]);
      this.waiting.set(key, { notice, timer });
    }
  }

  dispose(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  private async ask(): Promise<void> {
    const { get, points, nearness, claim, say } = this.options;
    // Meanwhile another window may have been quicker, or the run have gone on.
    const still = this.ready.splice(0).filter(({ run, about }) => {
      const record = get(run);
      return record && due(record, points(record)).some((notice) => notice.about === about && notice.run === run);
    });
    if (still.length === 0) return;
    const granted = await claim(still);
    const told = still.flatMap(({ run, about }, i) => {
      const record = get(run);
      return granted[i] && record && nearness(record) !== 'watching' ? [{ about, record }] : [];
    });
    if (told.length > 0) say(told);
  }
}

/** What is to be said of a run now. A sweep is told of when none of its points is left: then each of them is due. */
function due(record: RunRecord, points: readonly RunRecord[] | undefined): RunNotice[] {
  const { run, untold, paused, stalled, attention } = record;
  if (untold) {
    if (!points) return [{ run, about: 'end' }, ...(attention ? [{ run, about: 'attention' as const }] : [])];
    if (points.some(isActive)) return [];
    return points.filter((point) => point.untold).map((point) => ({ run: point.run, about: 'end' }));
  }
  if (record.state !== 'running') return points && !points.some(isActive) ? untoldOf(points) : [];
  const held = { paused, stalled, attention };
  return (Object.keys(held) as (keyof typeof held)[]).filter((about) => held[about]).map((about) => ({ run, about }));
}

const untoldOf = (points: readonly RunRecord[]): RunNotice[] =>
  points.filter(({ untold }) => untold).map(({ run }) => ({ run, about: 'end' }));
