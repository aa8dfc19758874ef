/** The view of runs in its place: which runs the person has filtered for (kept per workspace), has selected, and is led to. */
import { commands, type Disposable, l10n, type Memento, type TreeView, window } from 'vscode';
import type { Runs } from './runs.ts';
import { type RunNode, RunsTree } from './runs-tree.ts';

const kept = 'rankwise.runFilter';

export class RunsView implements Disposable {
  readonly tree: RunsTree;
  private readonly view: TreeView<RunNode>;
  private readonly memory: Memento;
  private readonly stops: Disposable[];
  private readonly look: () => void;
  private shown = '';

  /** @param memory the workspace's. @param look called when the view comes into sight. */
  constructor(runs: Runs, memory: Memento, look: (tree: RunsTree) => void) {
    this.tree = new RunsTree(runs);
    this.memory = memory;
    this.view = window.createTreeView('rankwise.runs', {
      treeDataProvider: this.tree,
      showCollapseAll: false,
      canSelectMany: true,
    });
    this.look = () => {
      if (this.view.visible) look(this.tree);
    };
    this.stops = [
      this.view,
      this.view.onDidChangeVisibility(this.look),
      this.tree.onDidChangeTreeData(() => this.say()),
    ];
    this.filter(memory.get(kept, ''));
  }

  /** To be called when all is ready: the view may be in sight already. */
  begin(): void {
    this.look();
  }

  /** The query that the view is filtered by; empty when it shows all. */
  get query(): string {
    return this.shown;
  }

  /** What is selected: the keys of the keyboard hand over nothing. */
  get selection(): readonly RunNode[] {
    return this.view.selection;
  }

  /** Shows the runs of a query alone, without keeping it. */
  preview(query: string): void {
    this.shown = query.trim();
    this.tree.filter(this.shown);
  }

  filter(query: string): void {
    this.preview(query);
    if (this.memory.get(kept, '') !== this.shown) void this.memory.update(kept, this.shown || undefined);
    void commands.executeCommand('setContext', 'rankwise.runsFiltered', this.shown !== '');
  }

  /** Leads to the line of a run, past the filter if need be. */
  async reveal(run: string): Promise<void> {
    if (!this.tree.nodeOf(run)) this.filter('');
    const node = this.tree.nodeOf(run);
    if (node) await this.view.reveal(node, { select: true, focus: true, expand: true });
  }

  dispose(): void {
    for (const stop of this.stops) stop.dispose();
  }

  private say(): void {
    const { shown, total } = this.tree.groups;
    const text = this.shown === '' ? '' : l10n.t('{0} of {1} runs: {2}', shown, total, this.shown);
    // Setting it draws the view anew.
    if ((this.view.message ?? '') !== text) this.view.message = text;
  }
}
