/** The open budget panels: one per recipe, restored after a window reload. */
import { l10n, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { BudgetViewState } from '../server/protocol/budget-view.ts';
import { BudgetPanel, type BudgetServices } from './budget-panel.ts';

const viewType = 'rankwise.budget';

export class BudgetPanels {
  private readonly services: BudgetServices;
  private readonly open = new Map<string, BudgetPanel>();

  constructor(services: BudgetServices) {
    this.services = services;
    services.context.subscriptions.push(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: BudgetViewState | undefined) => {
          if (state?.recipe) this.adopt(panel, Uri.parse(state.recipe));
          else panel.dispose(); // closed before it ever showed a recipe
        },
      }),
    );
  }

  show(recipe: Uri): void {
    const known = this.open.get(recipe.toString());
    if (known) {
      known.panel.reveal();
      return;
    }
    const column = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
    const options = { viewColumn: column, preserveFocus: true };
    this.adopt(window.createWebviewPanel(viewType, l10n.t('Methods'), options, { enableScripts: true }), recipe);
  }

  all(): BudgetPanel[] {
    return [...this.open.values()];
  }

  private adopt(panel: WebviewPanel, recipe: Uri): void {
    const view = new BudgetPanel(panel, recipe, this.services);
    this.open.set(recipe.toString(), view);
    panel.onDidDispose(() => {
      if (this.open.get(recipe.toString()) === view) this.open.delete(recipe.toString());
    });
  }
}
