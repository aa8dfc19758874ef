/** The open run panels: one per run. */
import { l10n } from 'vscode';
import type { RunViewState } from '../server/protocol/webview.ts';
import { OpenPanels } from './open-panels.ts';
import { type PanelServices, RunPanel } from './run-panel.ts';

export class RunPanels extends OpenPanels<string, RunPanel, RunViewState> {
  constructor(services: PanelServices) {
    super(services.context, {
      viewType: 'rankwise.run',
      title: l10n.t('Run'),
      keyOf: (run) => run,
      // None: closed before it ever showed a run.
      restored: (state) => state?.run || undefined,
      make: (panel, run) => new RunPanel(panel, run, services),
    });
  }

  /** A run with others laid over it. */
  showTogether(run: string, others: readonly string[]): void {
    this.show(run);
    this.open.get(run)?.add(others);
  }

  /** The runs laid over each open panel's own, by run. */
  together(): Record<string, string[]> {
    return Object.fromEntries([...this.open].map(([run, panel]) => [run, panel.others]));
  }

  /** Of a run that is no longer there. */
  close(run: string): void {
    this.open.get(run)?.panel.dispose();
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
}
