/** The view of runs: grouped by what can be done with them, filtered, live. */
import {
  type CancellationToken,
  EventEmitter,
  l10n,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
} from 'vscode';
import { matcher, parseQuery, shownName } from '../server/metrics/run-filter.ts';
import { columnsOf, isPoint, type PointRecord, type Sweep } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { type GroupId, RunGroups, sweepKey } from './run-groups.ts';
import { description, iconOf, runContext, starredName } from './run-text.ts';
import { runTooltip, sweepTooltip } from './run-tooltip.ts';
import type { Runs } from './runs.ts';
import {
  isStarred,
  pointDescription,
  pointLabel,
  sweepContext,
  sweepDescription,
  sweepIcon,
  sweepName,
  sweepTags,
} from './sweep-text.ts';

/** `more`: the end of a group or sweep of which a part is shown, by its key. */
export type RunNode = { group: GroupId } | { run: string } | { sweep: string } | { more: string };

/** How many lines of a group or sweep are shown at first, and more at a time: the editor draws no more of them quickly. */
export const page = 200;

export class RunsTree implements TreeDataProvider<RunNode> {
  private readonly runs: Runs;
  private readonly changed = new EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  /** The first list; until then the view shows its progress bar. */
  private loading: Promise<void> | undefined;
  private firstCame = (): void => {};
  readonly groups = new RunGroups();
  /** The editor knows a node by its object: each is made once. */
  private readonly nodes = new Map<string, RunNode>();
  /** How many lines are shown where it is not a page, by the key of the group or sweep. */
  private readonly limits = new Map<string, number>();
  /** What the points of a sweep differ in, by its id, until points come or go. */
  private readonly columns = new Map<string, ReturnType<typeof columnsOf>>();
  private asksForArchived = false;

  constructor(runs: Runs) {
    this.runs = runs;
    this.groups.reset(runs.all());
    runs.onDidChange((change) => {
      if (change) this.update(change.now);
      else this.readAnew();
    });
  }

  /** Shows the runs of a query alone; all with an empty one. Archived ones have a group of their own. */
  filter(query: string): void {
    const { filter } = parseQuery(query);
    this.asksForArchived = filter.archived === 'only';
    this.groups.filter(matcher({ ...filter, archived: filter.archived ?? 'too' }));
    this.limits.clear();
    this.changed.fire(undefined);
  }

  showMore(key: string): void {
    this.limits.set(key, this.limit(key) + page);
    this.changed.fire(key.startsWith('sweep:') ? this.nodes.get(key) : undefined);
  }

  /** The node of a run, within what is shown of its group; undefined where the filter hides it. */
  nodeOf(run: string): RunNode | undefined {
    const record = this.runs.get(run);
    const key = record && (isPoint(record) ? sweepKey(record.sweep.id) : run);
    const group = key === undefined ? undefined : this.groups.groupOf(key);
    if (!record || !group) return undefined;
    const entries = this.groups.entries(group);
    const at = entries.findIndex((entry) => ('run' in entry ? entry.run.run : sweepKey(entry.sweep.id)) === key);
    let grows = this.reach(group, at);
    if (isPoint(record)) {
      const point = this.groups.points(record.sweep.id).findIndex((each) => each.run === run);
      if (point < 0) return undefined;
      grows = this.reach(key!, point) || grows;
    }
    if (grows) this.changed.fire(undefined);
    return this.node(run, { run });
  }

  getTreeItem(node: RunNode): TreeItem {
    if ('group' in node) return this.groupItem(node.group);
    if ('more' in node) return this.moreItem(node.more);
    if ('sweep' in node) {
      const sweep = this.groups.sweep(node.sweep);
      return sweep ? sweepItem(sweep) : new TreeItem(node.sweep);
    }
    const record = this.runs.get(node.run);
    if (!record) return new TreeItem(node.run);
    return isPoint(record) ? this.pointItem(record) : runItem(record);
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    await this.loading;
    if (!node) return this.groups.ids().map((id) => this.node(id, { group: id }));
    if ('sweep' in node) {
      const key = sweepKey(node.sweep);
      const points = this.groups.points(node.sweep);
      return this.cut(key, points.length, (to) => points.slice(0, to).map(({ run }) => this.node(run, { run })));
    }
    if (!('group' in node)) return [];
    return this.cut(node.group, this.groups.count(node.group), (to) =>
      this.groups
        .entries(node.group, to)
        .map((entry) =>
          'run' in entry
            ? this.node(entry.run.run, { run: entry.run.run })
            : this.node(sweepKey(entry.sweep.id), { sweep: entry.sweep.id }),
        ),
    );
  }

  getParent(node: RunNode): RunNode | undefined {
    if ('group' in node) return undefined;
    const record = 'run' in node ? this.runs.get(node.run) : undefined;
    const key = 'run' in node ? node.run : 'sweep' in node ? sweepKey(node.sweep) : node.more;
    if (record && isPoint(record)) return this.node(sweepKey(record.sweep.id), { sweep: record.sweep.id });
    const group = this.groups.groupOf(key);
    return group && this.node(group, { group });
  }

  /** Tooltips are made when they are looked at: what a run takes on disk is read then. */
  async resolveTreeItem(item: TreeItem, node: RunNode, token: CancellationToken): Promise<TreeItem> {
    const record = 'run' in node ? this.runs.get(node.run) : undefined;
    if (record) item.tooltip = runTooltip(record, await this.runs.size(record.run, token));
    return item;
  }

  /** Children wait for the first part of this reading; a failure leaves the view empty, with its welcome text. */
  load(reading: Promise<void>): void {
    const first = new Promise<void>((done) => {
      this.firstCame = done;
    });
    this.loading = Promise.race([reading.catch(() => {}), first]);
    this.changed.fire(undefined);
  }

  private update(now: RunRecord): void {
    const moved = this.groups.put(now);
    if (moved && isPoint(now)) this.columns.delete(now.sweep.id);
    const line = this.nodes.get(isPoint(now) ? sweepKey(now.sweep.id) : now.run);
    // A line that was never drawn, as one that the filter hides, has nothing to be drawn again.
    if (moved) this.changed.fire(undefined);
    else if (line) this.changed.fire(line);
  }

  private readAnew(): void {
    this.firstCame();
    this.groups.reset(this.runs.all());
    this.columns.clear();
    for (const key of this.nodes.keys()) if (!this.groups.groupOf(key) && !this.runs.get(key)) this.nodes.delete(key);
    this.changed.fire(undefined);
  }

  private node(key: string, node: RunNode): RunNode {
    const known = this.nodes.get(key);
    if (known) return known;
    this.nodes.set(key, node);
    return node;
  }

  private limit(key: string): number {
    return this.limits.get(key) ?? page;
  }

  /** Shows as many pages as line `at` needs. @returns whether there are more than before. */
  private reach(key: string, at: number): boolean {
    if (at < this.limit(key)) return false;
    this.limits.set(key, Math.ceil((at + 1) / page) * page);
    return true;
  }

  /** The first lines of many, and one that shows more. */
  private cut(key: string, count: number, lines: (to: number) => RunNode[]): RunNode[] {
    const limit = this.limit(key);
    // No line is saved by a line that says that there is one more.
    if (count <= limit + 1) return lines(count);
    return [...lines(limit), this.node(`more:${key}`, { more: key })];
  }

  private groupItem(group: GroupId): TreeItem {
    const archived = group === 'archived';
    const open = !archived || this.asksForArchived;
    const item = new TreeItem(title(group), TreeItemCollapsibleState[open ? 'Expanded' : 'Collapsed']);
    // The editor remembers by the id what a person has opened.
    item.id = archived && open ? 'archived:asked' : group;
    item.description = this.groups.count(group).toLocaleString('en-US');
    item.contextValue = 'group';
    return item;
  }

  private moreItem(key: string): TreeItem {
    const count = key.startsWith('sweep:')
      ? this.groups.points(key.slice('sweep:'.length)).length
      : this.groups.count(key as GroupId);
    const left = count - this.limit(key);
    const text = l10n.t('Show {0} more of {1}', Math.min(page, left), left.toLocaleString('en-US'));
    const item = new TreeItem(text, TreeItemCollapsibleState.None);
    item.id = `more:${key}`;
    item.iconPath = new ThemeIcon('ellipsis');
    item.contextValue = 'more';
    item.command = { command: 'rankwise.showMoreRuns', title: text, arguments: [{ more: key }] };
    return item;
  }

  private pointItem(record: PointRecord): TreeItem {
    const { id } = record.sweep;
    const sweep = this.groups.sweep(id);
    const columns = this.columns.get(id) ?? columnsOf(sweep?.runs ?? []);
    this.columns.set(id, columns);
    return runItem(record, pointLabel(record, columns, sweep && sweepName(sweep)), pointDescription(record));
  }
}

function runItem(record: RunRecord, name = shownName(record), says = description(record)): TreeItem {
  const starred = record.labels?.starred;
  const item = new TreeItem(starredName(name, starred), TreeItemCollapsibleState.None);
  // Without the state in it the id keeps a selected run selected while it moves between groups.
  item.id = record.run;
  item.description = says;
  item.iconPath = themed(iconOf(record));
  item.contextValue = runContext(record);
  const spoken = [name, record.state, ...(starred ? [l10n.t('starred')] : []), says];
  item.accessibilityInformation = { label: spoken.join(', ') };
  item.command = { command: 'rankwise.showRun', title: l10n.t('Show Run'), arguments: [{ run: record.run }] };
  return item;
}

function sweepItem(sweep: Sweep): TreeItem {
  const name = sweepName(sweep);
  const starred = isStarred(sweep.runs);
  const item = new TreeItem(starredName(name, starred), TreeItemCollapsibleState.Collapsed);
  item.id = sweepKey(sweep.id);
  item.description = [sweepDescription(sweep), sweepTags(sweep)].filter(Boolean).join(' · ');
  item.iconPath = themed(sweepIcon(sweep));
  item.contextValue = sweepContext(sweep);
  item.tooltip = sweepTooltip(sweep);
  item.accessibilityInformation = { label: `${l10n.t('Sweep')} ${name}, ${item.description}` };
  return item;
}

const themed = ({ icon, colour }: { icon: string; colour?: string }): ThemeIcon =>
  new ThemeIcon(icon, colour === undefined ? undefined : new ThemeColor(colour));

function title(group: GroupId): string {
  switch (group) {
    case 'active':
      return l10n.t('In Progress');
    case 'stopped':
      return l10n.t('Stopped');
    case 'finished':
      return l10n.t('Finished');
    case 'archived':
      return l10n.t('Archived');
  }
}
