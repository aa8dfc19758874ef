/** Many windows hear of the same run; whoever asks first is the one that tells its user. */
import type { RunNotice } from '../protocol/notices.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { RunStore } from './store.ts';

/** An end that its user has to hear of. Being cancelled is what somebody wished, but for a budget that is used up. */
export const news = (record: RunRecord): RunRecord =>
  ['finished', 'failed', 'interrupted'].includes(record.state) || record.overBudget
    ? { ...record, untold: true }
    : record;

export class Notices {
  private readonly store: RunStore;
  /** What was given away and is in no file: it concerns runs in progress alone. */
  private readonly given = new Set<string>();

  constructor(store: RunStore) {
    this.store = store;
  }

  /** Of each, whether it is the asker's to tell: nobody else's before, and still so. An end stays told when the daemon restarts. */
  async claim(notices: readonly RunNotice[]): Promise<boolean[]> {
    const granted = notices.map((notice) => this.give(notice));
    const ends = notices.filter(({ about }, i) => about === 'end' && granted[i]);
    await Promise.all(ends.map(({ run }) => this.store.save(this.store.get(run)!)));
    return granted;
  }

  private give({ run, about }: RunNotice): boolean {
    const record = this.store.get(run);
    if (!record) return false;
    if (about === 'end') {
      if (!record.untold) return false;
      const { untold: _, ...told } = record;
      this.store.put(told);
      return true;
    }
    const what = record[about];
    if (!what) return false;
    const key = JSON.stringify([run, about, 'since' in what ? what.since : what.step]);
    if (this.given.has(key)) return false;
    this.given.add(key);
    return true;
  }
}
