/** The open spectrum panels: one per recipe, run or folder. */
import { l10n, workspace } from 'vscode';
import type { SpectrumViewState } from '../server/protocol/spectrum-view.ts';
import { OpenPanels } from './open-panels.ts';
import type { SpectrumServices } from './services.ts';
import { SpectrumPanel } from './spectrum-panel.ts';
import type { SpectrumAbout } from './spectrum-subjects.ts';

export class SpectrumPanels extends OpenPanels<SpectrumAbout, SpectrumPanel, SpectrumViewState> {
  constructor(services: SpectrumServices) {
    super(services.context, {
      viewType: 'rankwise.spectrum',
      title: l10n.t('Spectrum'),
      // What is laid over it later does not make it another panel.
      keyOf: ({ subjects: [first], recipe, run }) =>
        [recipe ?? run ?? '', first?.model, recipe ? '' : (first?.adapter ?? '')].join('\n'),
      restored: (state) => {
        const { view: _, ...about } = state ?? { subjects: [] };
        // Closed before it ever showed something, or kept by a window that trusted more.
        return about.subjects.length > 0 && workspace.isTrusted ? about : undefined;
      },
      make: (panel, about) => new SpectrumPanel(panel, about, services),
    });
  }
}
