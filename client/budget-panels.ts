/** The open budget panels: one per recipe. */
import { l10n, Uri } from 'vscode';
import type { BudgetViewState } from '../server/protocol/budget-view.ts';
import { BudgetPanel, type BudgetServices } from './budget-panel.ts';
import { OpenPanels } from './open-panels.ts';

export class BudgetPanels extends OpenPanels<Uri, BudgetPanel, BudgetViewState> {
  constructor(services: BudgetServices) {
    super(services.context, {
      viewType: 'rankwise.budget',
      title: l10n.t('Methods'),
      keyOf: (recipe) => recipe.toString(),
      // None: closed before it ever showed a recipe.
      restored: (state) => (state?.recipe ? Uri.parse(state.recipe) : undefined),
      make: (panel, recipe) => new BudgetPanel(panel, recipe, services),
    });
  }
}
