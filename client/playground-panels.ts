/** The open playgrounds: one for each model and adapter. */
import { l10n, workspace } from 'vscode';
import type { PlaygroundAbout, PlaygroundViewState } from '../server/protocol/playground-view.ts';
import { OpenPanels } from './open-panels.ts';
import { PlaygroundPanel, type PlaygroundServices } from './playground-panel.ts';

export class PlaygroundPanels extends OpenPanels<PlaygroundAbout, PlaygroundPanel, PlaygroundViewState> {
  constructor(services: PlaygroundServices) {
    super(services.context, {
      viewType: 'rankwise.playground',
      title: l10n.t('Playground'),
      keyOf: ({ base, adapted }) => JSON.stringify([base, adapted]),
      // Closed before it ever showed something, or kept by a window that trusted more.
      restored: (state) => (workspace.isTrusted ? state?.about : undefined),
      make: (panel, about) => new PlaygroundPanel(panel, about, services),
    });
  }
}
