/** A budget panel: has the methods compared for an entry of its recipe, again whenever that changes, and writes a row into the recipe. */
import path from 'node:path';
import { commands, type Disposable, l10n, languages, Uri, type WebviewPanel, window, workspace } from 'vscode';
import { errorData } from '../server/base/errors.ts';
import type { FromBudgetView, ToBudgetView } from '../server/protocol/budget-view.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { editRecipe } from './recipe-edit.ts';
import { saveFile } from './save-file.ts';
import type { Services } from './services.ts';

/** Milliseconds without a keystroke before the recipe is asked again. */
const pause = 200;

/** What a panel needs of the extension. */
export type BudgetServices = Pick<Services, 'context' | 'language' | 'log'>;

export class BudgetPanel {
  readonly panel: WebviewPanel;
  /** What the page was told last, for tests. */
  shown: ToBudgetView | undefined;
  private readonly recipe: Uri;
  private readonly services: BudgetServices;
  private entry: number | undefined;
  /** The page is there and listens: a hidden panel loses its page, and says `ready` again when it is shown. */
  private live = false;
  private typing: NodeJS.Timeout | undefined;
  /** Only the latest question may be answered. */
  private asked = 0;

  constructor(panel: WebviewPanel, recipe: Uri, services: BudgetServices) {
    this.panel = panel;
    this.recipe = recipe;
    this.services = services;
    panel.title = l10n.t('Methods: {0}', this.name);
    loadPage(panel, services.context.extensionUri, {
      title: 'Methods',
      script: 'budget.js',
      styles: ['base.css', 'charts.css', 'budget.css'],
      data: { recipe: recipe.toString() },
    });
    const own = (uri: Uri) => uri.toString() === recipe.toString();
    const stop: Disposable[] = [
      panel.webview.onDidReceiveMessage((message: FromBudgetView) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.sleep();
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && own(document.uri)) this.changed();
      }),
      // What the recipe names changed too: its model was read, or edited.
      languages.onDidChangeDiagnostics(({ uris }) => {
        if (uris.some(own)) this.changed();
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) each.dispose();
      this.sleep();
    });
  }

  async receive(message: FromBudgetView): Promise<void> {
    try {
      await this.answer(message);
    } catch (error) {
      void showError(this.services.log, error);
    }
  }

  private async answer(message: FromBudgetView): Promise<unknown> {
    switch (message.type) {
      case 'ready':
        this.live = true;
        this.entry = message.entry;
        return this.compare();
      case 'entry':
        this.entry = message.entry;
        return this.compare();
      case 'use':
        return this.use(message);
      case 'showRecipe':
        return window.showTextDocument(this.recipe);
      case 'showProblems':
        await window.showTextDocument(this.recipe);
        return commands.executeCommand('workbench.actions.view.problems');
      case 'save':
        return this.save(message);
    }
  }

  private changed(): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(
      () => this.compare().catch((error) => this.services.log.warn(`${this.name} was not compared: ${error}`)),
      pause,
    );
  }

  private async compare(): Promise<void> {
    if (!this.live) return;
    const asked = ++this.asked;
    const answer = await this.services.language.compare(this.recipe, this.entry);
    if (asked !== this.asked) return;
    const recipe = this.name;
    if ('rows' in answer) this.post({ type: 'comparison', recipe, comparison: answer });
    else this.post({ type: 'findings', recipe, diagnostics: answer.diagnostics });
  }

  private async use({ entry, row }: Extract<FromBudgetView, { type: 'use' }>): Promise<void> {
    try {
      await editRecipe(this.recipe, () => this.services.language.methodEdit(this.recipe, { entry, ...row }));
    } catch (error) {
      this.post({ type: 'refused', error: errorData(error) });
    }
  }

  private save({ name, content }: Extract<FromBudgetView, { type: 'save' }>): Promise<void> {
    const folder =
      this.recipe.scheme === 'file' ? Uri.file(path.dirname(this.recipe.fsPath)) : workspace.workspaceFolders?.[0]?.uri;
    return saveFile(folder, name, content, l10n.t('Save the Comparison'));
  }

  private get name(): string {
    return path.basename(this.recipe.path);
  }

  private post(message: ToBudgetView): void {
    if (!this.live) return;
    this.shown = message;
    void this.panel.webview.postMessage(message);
  }

  private sleep(): void {
    this.live = false;
    clearTimeout(this.typing);
  }
}
