/** `rankwise/comparedRuns`: what runs came to so far, from their records and directories. */
import type { ComparedRun } from '../protocol/comparison.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { comparedRun } from '../report/compared.ts';
import { HistoryTail, readRecipe } from '../report/read.ts';

export class ComparedRuns {
  /** Of runs without a result, which may go on. */
  private readonly tails = new Map<string, HistoryTail>();

  of(records: readonly RunRecord[]): Promise<ComparedRun[]> {
    return Promise.all(records.map((record) => this.one(record)));
  }

  private async one(record: RunRecord): Promise<ComparedRun> {
    const { run, result, state } = record;
    if (state === 'missing') return comparedRun(record, undefined);
    // A result says all that is shown.
    if (result) {
      this.tails.delete(run);
      return comparedRun(record, readRecipe(run));
    }
    const tail = this.tails.get(run) ?? new HistoryTail(run, { curves: false });
    this.tails.set(run, tail);
    return comparedRun(record, readRecipe(run), await tail.read());
  }
}
