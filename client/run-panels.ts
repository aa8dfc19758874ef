/** The open run panels: one per run, restored after a window reload. */
import { l10n, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { RunViewState } from '../server/protocol/webview.ts';
import { type PanelServices, RunPanel } from './run-panel.ts';

const viewType = 'rankwise.run';

export class RunPanels {
  private readonly services: PanelServices;
  private readonly open = new Map<string, RunPanel>();

  constructor(services: PanelServices) {
    this.services = services;
    services.context.subscriptions.push(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: RunViewState | undefined) => {
          if (state?.run) this.adopt(panel, state.run);
          else panel.dispose(); // closed before it ever showed a run
        },
      }),
    );
  }

  show(run: string): void {
    const known = this.open.get(run);
    if (known) {
      known.panel.reveal();
      return;
    }
    const column = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
    const options = { viewColumn: column, preserveFocus: true };
    this.adopt(window.createWebviewPanel(viewType, l10n.t('Run'), options, { enableScripts: true }), run);
  }

  isOpen(run: string): boolean {
    return this.open.has(run);
  }

  isVisible(run: string): boolean {
    return this.open.get(run)?.panel.visible ?? false;
  }

  /** How many events each open panel has been given, by run. */
  progress(): Record<string, number> {
    return Object.fromEntries([...this.open].map(([run, panel]) => [run, panel.received]));
  }

  private adopt(panel: WebviewPanel, run: string): void {
    const view = new RunPanel(panel, run, this.services);
    this.open.set(run, view);
    panel.onDidDispose(() => this.open.delete(run));
  }
}
