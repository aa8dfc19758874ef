/** The open spectrum panels: one per recipe, run or folder, restored after a window reload. */
import { l10n, ViewColumn, type WebviewPanel, window, workspace } from 'vscode';
import type { SpectrumViewState } from '../server/protocol/spectrum-view.ts';
import type { SpectrumServices } from './services.ts';
import { SpectrumPanel } from './spectrum-panel.ts';
import type { SpectrumAbout } from './spectrum-subjects.ts';

const viewType = 'rankwise.spectrum';

export class SpectrumPanels {
  private readonly services: SpectrumServices;
  private readonly open = new Map<string, SpectrumPanel>();

  constructor(services: SpectrumServices) {
    this.services = services;
    services.context.subscriptions.push(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: SpectrumViewState | undefined) => {
          const { view: _, ...about } = state ?? { subjects: [] };
          // Closed before it ever showed something, or kept by a window that trusted more.
          if (about.subjects.length > 0 && workspace.isTrusted) this.adopt(panel, about);
          else panel.dispose();
        },
      }),
    );
  }

  show(about: SpectrumAbout): void {
    const known = this.open.get(keyOf(about));
    if (known) {
      known.panel.reveal();
      return;
    }
    const column = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
    const options = { viewColumn: column, preserveFocus: true };
    this.adopt(window.createWebviewPanel(viewType, l10n.t('Spectrum'), options, { enableScripts: true }), about);
  }

  all(): SpectrumPanel[] {
    return [...this.open.values()];
  }

  private adopt(panel: WebviewPanel, about: SpectrumAbout): void {
    const key = keyOf(about);
    const view = new SpectrumPanel(panel, about, this.services);
    this.open.set(key, view);
    panel.onDidDispose(() => {
      if (this.open.get(key) === view) this.open.delete(key);
    });
  }
}

/** What is laid over it later does not make it another panel. */
const keyOf = ({ subjects: [first], recipe, run }: SpectrumAbout): string =>
  [recipe ?? run ?? '', first?.model, recipe ? '' : (first?.adapter ?? '')].join('\n');
