/** The open comparisons: one for each sweep or choice of runs. */
import { l10n } from 'vscode';
import type { ComparisonSubject, ComparisonViewState } from '../server/protocol/comparison-view.ts';
import { ComparisonPanel, type ComparisonServices } from './comparison-panel.ts';
import { OpenPanels } from './open-panels.ts';

export class ComparisonPanels extends OpenPanels<ComparisonSubject, ComparisonPanel, ComparisonViewState> {
  constructor(services: ComparisonServices) {
    super(services.context, {
      viewType: 'rankwise.comparison',
      title: l10n.t('Comparison'),
      keyOf: (about) => ('sweep' in about ? `sweep ${about.sweep}` : [...about.runs].sort().join('\n')),
      restored: (state) => state?.about,
      make: (panel, about) => new ComparisonPanel(panel, about, services),
    });
  }
}
