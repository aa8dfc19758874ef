/** The panel's own run and those laid over it. */
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { ToRunView } from '../../server/protocol/webview.ts';
import type { ShownRun } from './horizontal.ts';
import { RunModel } from './model.ts';
import type { Settings } from './settings.ts';

export class ShownRuns {
  readonly own: ShownRun;
  /** Why runs are not shown that were asked for, by directory. */
  readonly problems = new Map<string, string>();
  private readonly records = new Map<string, RunRecord>();
  private readonly settings: Settings;
  private list: ShownRun[];

  constructor(run: string, settings: Settings) {
    this.settings = settings;
    this.own = { run, name: '', model: new RunModel(), colour: 0, hidden: settings.hidden.has(run) };
    this.list = [this.own];
  }

  /** The panel's own first, then in the order in which they came. */
  all(): readonly ShownRun[] {
    return this.list;
  }

  shown(): ShownRun[] {
    return this.list.filter(({ hidden }) => !hidden);
  }

  toggle(run: ShownRun): void {
    run.hidden = !run.hidden;
    this.settings.hidden[run.hidden ? 'add' : 'delete'](run.run);
  }

  remove(run: string): void {
    this.list = this.list.filter((each) => each.run !== run);
    this.problems.delete(run);
    this.records.delete(run);
    this.callAll();
    this.settings.hidden.delete(run);
    this.settings.others = this.settings.others.filter((each) => each !== run);
    // One run alone cannot be shown by a legend that is gone.
    if (this.list.length === 1) {
      this.own.hidden = false;
      this.settings.hidden.delete(this.own.run);
    }
  }

  takeOther(run: string, message: ToRunView): void {
    switch (message.type) {
      case 'init': {
        this.problems.delete(run);
        const known = this.of(run) ?? this.add(run);
        this.take(run, message.record);
        known.model = new RunModel();
        for (const event of message.events) known.model.apply(event);
        break;
      }
      case 'events':
        for (const event of message.events) this.of(run)?.model.apply(event);
        break;
      case 'record':
        this.take(run, message.record);
        break;
      case 'missing':
        this.remove(run);
        this.problems.set(run, message.error.message);
        break;
    }
  }

  /** What the daemon says of a run that is shown. */
  take(run: string, record: RunRecord): void {
    if (!this.of(run)) return;
    this.records.set(run, record);
    this.callAll();
  }

  /** By the name of its directory where several have one name, as runs of one recipe. */
  private callAll(): void {
    const called = this.list.map((each) => {
      const known = this.records.get(each.run);
      return known && shownName(known);
    });
    this.list.forEach((each, i) => {
      const known = this.records.get(each.run);
      if (known) each.name = called.filter((name) => name === called[i]).length > 1 ? known.id : called[i]!;
    });
  }

  of(run: string): ShownRun | undefined {
    return this.list.find((each) => each.run === run);
  }

  private add(run: string): ShownRun {
    const used = new Set(this.list.map(({ colour }) => colour));
    let colour = 0;
    while (used.has(colour)) colour++;
    const made = { run, name: run, model: new RunModel(), colour, hidden: this.settings.hidden.has(run) };
    this.list.push(made);
    if (!this.settings.others.includes(run)) this.settings.others.push(run);
    return made;
  }
}
