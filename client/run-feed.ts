/** The events of one run for one page, through every disconnection: each once and in order. */
import { errorData, RankwiseError } from '../server/base/errors.ts';
import type { RunEvent } from '../server/protocol/events.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { Follower } from './follower.ts';
import type { Services } from './services.ts';

/** What a feed tells. */
export interface FeedEnds {
  begin(record: RunRecord, events: RunEvent[]): void;
  more(events: RunEvent[]): void;
  fail(error: ReturnType<typeof errorData>): void;
}

/** How many feeds watch a run: the daemon knows one watch a connection. */
const watching = new Map<string, number>();

export class RunFeed {
  private readonly run: string;
  private readonly services: Pick<Services, 'daemon' | 'runs' | 'log'>;
  private readonly ends: FeedEnds;
  private readonly follower = new Follower();
  private readonly stops: (() => void)[];
  private open = true;
  /** Only the latest request to watch may speak. */
  private asked = 0;

  constructor(run: string, services: Pick<Services, 'daemon' | 'runs' | 'log'>, ends: FeedEnds) {
    this.run = run;
    this.services = services;
    this.ends = ends;
    const { daemon } = services;
    watching.set(run, (watching.get(run) ?? 0) + 1);
    this.stops = [
      daemon.on('connected', () => void this.follow()),
      daemon.on('runEvents', ({ run: of, events, next }) => {
        if (of !== run) return;
        const fresh = this.follower.take(events, next);
        if (fresh === 'gap') void this.follow();
        else if (fresh.length > 0) ends.more(fresh);
      }),
    ];
    void this.follow();
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.asked++;
    for (const stop of this.stops) stop();
    const left = watching.get(this.run)! - 1;
    watching.set(this.run, left);
    if (left > 0) return;
    watching.delete(this.run);
    // Nothing to do when the daemon is gone: its watches went with it.
    if (this.services.daemon.daemon) this.services.daemon.request('unwatch', { run: this.run }).catch(() => {});
  }

  /** From the beginning at first, from where we stopped after a lost connection or a gap. */
  private async follow(): Promise<void> {
    const ticket = ++this.asked;
    const from = this.follower.next;
    try {
      const { record, events, next } = await this.watch(from ?? 0);
      if (ticket !== this.asked) return;
      this.services.runs.put(record);
      this.follower.begin(next);
      if (from === undefined) this.ends.begin(record, events);
      else this.ends.more(events);
    } catch (thrown) {
      if (ticket !== this.asked) return;
      const error = errorData(thrown);
      this.services.log.warn(`${this.run}: ${error.code}: ${error.message}`);
      this.ends.fail(error);
    }
  }

  private async watch(from: number) {
    const { daemon } = this.services;
    try {
      return await daemon.request('watch', { run: this.run, from });
    } catch (error) {
      // Made under another home, or the index was lost: the directory may still be there.
      if (!(error instanceof RankwiseError) || error.code !== 'unknown-run') throw error;
      await daemon.request('adopt', { run: this.run });
      return daemon.request('watch', { run: this.run, from });
    }
  }
}
