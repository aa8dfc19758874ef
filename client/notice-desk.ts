/**
 * Which notices are due, and when this window asks to be the one that shows them: soon where its user looks, later elsewhere, so that of several windows
 * the right one speaks. The daemon grants each once. Pure: tested without an editor.
 */
import { type NoticeSubject, noticeSubjects, type RunNotice } from '../server/protocol/notices.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { isActive } from './run-text.ts';

/** `watching`: the user sees the run itself in this window. */
export type Nearness = 'watching' | 'focused' | 'concerned' | 'other';

/** Milliseconds before a window asks. */
export const patience: Record<Nearness, number> = { watching: 0, focused: 250, concerned: 700, other: 2000 };

export interface DeskOptions {
  get(run: string): RunRecord | undefined;
  /** All points of a sweep. */
  points(sweep: string): readonly RunRecord[];
  nearness(record: RunRecord): Nearness;
  claim(notices: RunNotice[]): Promise<boolean[]>;
  /** What was granted at one time; what the user is watching is left out. */
  say(granted: { about: NoticeSubject; record: RunRecord }[]): void;
  fail(error: unknown): void;
}

/** What is due at the moment of asking: meanwhile another window may have been quicker, or the run have gone on. */
type Due = () => RunNotice[];

export class NoticeDesk {
  private readonly options: DeskOptions;
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  /** Asked for at this moment together. */
  private ready: Due[] = [];

  constructor(options: DeskOptions) {
    this.options = options;
  }

  /** To be called with each record that is new or changed. */
  consider(record: RunRecord): void {
    const { get, points } = this.options;
    const { run, sweep, state } = record;
    // The ends of a sweep's points wait as one: there may be a thousand of them.
    if (sweep && state !== 'running') this.wait(`sweep ${sweep.id}`, record, () => endsOf(points(sweep.id)));
    else
      for (const about of noticeSubjects)
        this.wait(`${about} ${run}`, record, () => {
          const now = get(run);
          return now && isDue(about, now) ? [{ run, about }] : [];
        });
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  private wait(key: string, record: RunRecord, due: Due): void {
    if (this.waiting.has(key) || due().length === 0) return;
    const timer = setTimeout(() => {
      this.waiting.delete(key);
      this.ready.push(due);
      if (this.ready.length === 1) setImmediate(() => void this.ask().catch(this.options.fail));
    }, patience[this.options.nearness(record)]);
    this.waiting.set(key, timer);
  }

  private async ask(): Promise<void> {
    const { get, nearness, claim, say } = this.options;
    const still = this.ready.splice(0).flatMap((due) => due());
    if (still.length === 0) return;
    const granted = await claim(still);
    const told = still.flatMap(({ run, about }, i) => {
      const record = get(run);
      return granted[i] && record && nearness(record) !== 'watching' ? [{ about, record }] : [];
    });
    if (told.length > 0) say(told);
  }
}

/** Of one run. The end of a point is told of with its sweep. */
function isDue(about: NoticeSubject, record: RunRecord): boolean {
  const { untold, sweep, state, attention } = record;
  if (untold) return !sweep && (about === 'end' || (about === 'attention' && attention !== undefined));
  return about !== 'end' && state === 'running' && record[about] !== undefined;
}

/** A sweep is told of when none of its points is left: then each of them is due. */
const endsOf = (points: readonly RunRecord[]): RunNotice[] =>
  points.some(isActive) ? [] : points.filter(({ untold }) => untold).map(({ run }) => ({ run, about: 'end' }));
