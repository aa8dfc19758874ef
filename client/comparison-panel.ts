/** A panel that compares runs: follows them while they go on, and writes what one of them was trained with into the open recipe. */
import path from 'node:path';
import { type Disposable, l10n, Uri, type WebviewPanel, window, workspace } from 'vscode';
import { errorData } from '../server/base/errors.ts';
import type { ComparisonSubject, FromComparisonView, ToComparisonView } from '../server/protocol/comparison-view.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { recipeDocument } from './commands/targets.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { editRecipe } from './recipe-edit.ts';
import { saveFile } from './save-file.ts';
import type { Services } from './services.ts';

/** Milliseconds between two looks at runs that go on. */
const pause = 1000;

/** What a panel needs of the extension. */
export type ComparisonServices = Pick<Services, 'context' | 'language' | 'log' | 'runs' | 'panels'>;

export class ComparisonPanel {
  readonly panel: WebviewPanel;
  /** What the page was told last, for tests. */
  shown: ToComparisonView | undefined;
  private readonly about: ComparisonSubject;
  private readonly services: ComparisonServices;
  /** The page is there and listens: a hidden panel loses its page, and says `ready` again when it is shown. */
  private live = false;
  private waiting: NodeJS.Timeout | undefined;
  /** Only the latest question may be answered. */
  private asked = 0;

  constructor(panel: WebviewPanel, about: ComparisonSubject, services: ComparisonServices) {
    this.panel = panel;
    this.about = about;
    this.services = services;
    panel.title = l10n.t('Comparison');
    loadPage(panel, services.context.extensionUri, {
      title: 'Comparison',
      script: 'comparison.js',
      styles: ['base.css', 'charts.css', 'comparison.css'],
      data: { about: JSON.stringify(about) },
    });
    const stop: Disposable[] = [
      panel.webview.onDidReceiveMessage((message: FromComparisonView) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.sleep();
      }),
      services.runs.onDidChange((change) => {
        if (!change || this.isAbout(change.now)) this.later();
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) each.dispose();
      this.sleep();
    });
  }

  async receive(message: FromComparisonView): Promise<void> {
    try {
      await this.answer(message);
    } catch (error) {
      void showError(this.services.log, error);
    }
  }

  private async answer(message: FromComparisonView): Promise<unknown> {
    switch (message.type) {
      case 'ready':
        this.live = true;
        if (this.records().length === 0) await this.services.runs.refresh();
        return this.compare();
      case 'openRun':
        return this.services.panels.show(message.run);
      case 'use':
        return this.use(message.run);
      case 'save':
        return saveFile(this.folder(), message.name, message.content, l10n.t('Save the Comparison'));
    }
  }

  private isAbout({ run, sweep }: RunRecord): boolean {
    return 'sweep' in this.about ? sweep?.id === this.about.sweep : this.about.runs.includes(run);
  }

  /** The oldest first. */
  private records(): RunRecord[] {
    return this.services.runs
      .all()
      .filter((record) => this.isAbout(record))
      .reverse();
  }

  /** Many events of many runs are one look. */
  private later(): void {
    if (!this.live) return;
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      this.compare().catch((error) => this.services.log.warn(`the runs were not compared: ${error}`));
    }, pause);
  }

  private async compare(): Promise<void> {
    if (!this.live) return;
    const asked = ++this.asked;
    const records = this.records();
    const runs = await this.services.language.comparedRuns(records);
    if (asked !== this.asked) return;
    const sweep = 'sweep' in this.about ? records[0]?.sweep?.name : undefined;
    const title = sweep ?? l10n.t('{0} runs', runs.length);
    this.panel.title = l10n.t('Comparison: {0}', title);
    this.post({ type: 'runs', title, runs });
  }

  private async use(run: string): Promise<void> {
    try {
      const shown = window.visibleTextEditors.find(({ document }) => document.languageId === 'peft')?.document;
      const recipe = (shown ?? (await recipeDocument(undefined)))?.uri;
      if (!recipe) return;
      const swept = Object.keys(this.services.runs.get(run)?.sweep?.values ?? {});
      await editRecipe(recipe, () => this.services.language.runEdit(recipe, { run, swept }));
      this.post({ type: 'used', recipe: path.basename(recipe.path) });
    } catch (error) {
      this.post({ type: 'refused', error: errorData(error) });
    }
  }

  private folder(): Uri | undefined {
    const [first] = this.records();
    return first ? Uri.file(path.dirname(first.run)) : workspace.workspaceFolders?.[0]?.uri;
  }

  private post(message: ToComparisonView): void {
    if (!this.live) return;
    this.shown = message;
    void this.panel.webview.postMessage(message);
  }

  private sleep(): void {
    this.live = false;
    clearTimeout(this.waiting);
    this.waiting = undefined;
  }
}
