/** The view of runs: grouped by what can be done with them, live. */
import {
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
} from 'vscode';
import { isPoint, type PointRecord, type Sweep, sweepsOf } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { description, facts, type Group, iconOf } from './run-text.ts';
import type { Runs } from './runs.ts';
import { pointDescription, pointLabel, sweepContext, sweepDescription, sweepIcon, treeGroups } from './sweep-text.ts';

export type RunNode = { group: Group['id'] } | { run: string } | { sweep: string };

export class RunsTree implements TreeDataProvider<RunNode> {
  private readonly runs: Runs;
  private readonly changed = new EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  /** The first list; until then the view shows its progress bar. */
  private loading: Promise<void> | undefined;
  /** By id, until a run changes: every point of a sweep asks for all of them. */
  private sweeps: Map<string, Sweep> | undefined;

  constructor(runs: Runs) {
    this.runs = runs;
    runs.onDidChange((change) => {
      this.sweeps = undefined;
      const regroups = !change || change.before?.state !== change.now.state;
      this.changed.fire(regroups ? undefined : { run: change.now.run });
    });
  }

  getTreeItem(node: RunNode): TreeItem {
    if ('group' in node) {
      const item = new TreeItem(title(node.group), TreeItemCollapsibleState.Expanded);
      item.id = node.group;
      item.contextValue = 'group';
      return item;
    }
    if ('sweep' in node) {
      const sweep = this.sweep(node.sweep);
      return sweep ? sweepItem(sweep) : new TreeItem(node.sweep);
    }
    const record = this.runs.get(node.run);
    if (!record) return new TreeItem(node.run);
    return isPoint(record) ? pointItem(record, this.sweep(record.sweep.id)?.runs ?? []) : runItem(record);
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    await this.loading;
    if (node && 'run' in node) return [];
    if (node && 'sweep' in node) return (this.sweep(node.sweep)?.runs ?? []).map(({ run }) => ({ run }));
    const all = treeGroups(this.runs.all());
    if (!node) return all.map(({ id }) => ({ group: id }));
    const entries = all.find(({ id }) => id === node.group)?.entries ?? [];
    return entries.map((entry) => ('run' in entry ? { run: entry.run.run } : { sweep: entry.sweep.id }));
  }

  private sweep(id: string): Sweep | undefined {
    this.sweeps ??= new Map(sweepsOf(this.runs.all()).map((sweep) => [sweep.id, sweep]));
    return this.sweeps.get(id);
  }

  /** Children wait for this first read; a failure leaves the view empty, with its welcome text. */
  load(reading: Promise<void>): void {
    this.loading = reading.catch(() => {});
    this.changed.fire(undefined);
  }
}

function runItem(record: RunRecord): TreeItem {
  const item = new TreeItem(record.name, TreeItemCollapsibleState.None);
  const { icon, colour } = iconOf(record);
  // Without the state in it the id keeps a selected run selected while it moves between groups.
  item.id = record.run;
  item.description = description(record);
  item.iconPath = new ThemeIcon(icon, colour === undefined ? undefined : new ThemeColor(colour));
  item.contextValue = `run.${record.state}`;
  item.tooltip = tooltip(record);
  item.accessibilityInformation = { label: `${record.name}, ${record.state}, ${item.description}` };
  item.command = { command: 'rankwise.showRun', title: l10n.t('Show Run'), arguments: [{ run: record.run }] };
  return item;
}

function sweepItem(sweep: Sweep): TreeItem {
  const item = new TreeItem(sweep.name, TreeItemCollapsibleState.Collapsed);
  const { icon, colour } = sweepIcon(sweep);
  item.id = `sweep:${sweep.id}`;
  item.description = sweepDescription(sweep);
  item.iconPath = new ThemeIcon(icon, colour === undefined ? undefined : new ThemeColor(colour));
  item.contextValue = sweepContext(sweep);
  item.tooltip = sweep.id;
  item.accessibilityInformation = { label: `${l10n.t('Sweep')} ${sweep.name}, ${item.description}` };
  return item;
}

function pointItem(record: PointRecord, all: readonly PointRecord[]): TreeItem {
  const item = runItem(record);
  const label = pointLabel(record, all);
  item.label = label;
  item.description = pointDescription(record);
  item.accessibilityInformation = { label: `${label}, ${record.state}, ${item.description}` };
  return item;
}

function tooltip(record: RunRecord): MarkdownString {
  const text = new MarkdownString();
  text.appendMarkdown('**').appendText(record.name).appendMarkdown('**\n\n| | |\n|:--|:--|\n');
  for (const [label, value] of facts(record)) text.appendMarkdown(`| ${label} | ${cell(value)} |\n`);
  return text;
}

/** Values come from recipes and folders: nothing in them may act as markdown or end the table's cell. */
function cell(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&');
}

function title(group: Group['id']): string {
  if (group === 'active') return l10n.t('In Progress');
  return group === 'stopped' ? l10n.t('Stopped') : l10n.t('Finished');
}
