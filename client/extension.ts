/** The extension: wires the views and commands to the language server and the daemon. Nothing heavy happens here. */
import { type ExtensionContext, window } from 'vscode';
import type { RunRecord } from '../server/protocol/runs.ts';
import { AdapterInspections } from './adapter-inspections.ts';
import type { BudgetPanel } from './budget-panel.ts';
import { BudgetPanels } from './budget-panels.ts';
import { registerCommands } from './commands/index.ts';
import type { ComparisonPanel } from './comparison-panel.ts';
import { ComparisonPanels } from './comparison-panels.ts';
import { makeDaemonClient } from './daemon-client.ts';
import { DataPreviews } from './data-previews.ts';
import { Language } from './language-client.ts';
import { watchModelFolders } from './model-folders.ts';
import { ModelOutlines } from './model-outline.ts';
import { notifyOfRuns } from './notifications.ts';
import type { PlaygroundPanel } from './playground-panel.ts';
import { PlaygroundPanels } from './playground-panels.ts';
import { PresentRecipes } from './present-recipes.ts';
import { RunPanels } from './run-panels.ts';
import { Runs } from './runs.ts';
import type { RunsTree } from './runs-tree.ts';
import { RunsView } from './runs-view.ts';
import type { Services } from './services.ts';
import type { SpectrumPanel } from './spectrum-panel.ts';
import { SpectrumPanels } from './spectrum-panels.ts';
import { makeStatusBar } from './status-bar.ts';

/** For other extensions and for tests: what this window knows of runs. */
export interface RankwiseApi {
  runs(): readonly RunRecord[];
  tree: RunsTree;
  /** Events shown so far in each open run panel, by run directory. */
  panels(): Record<string, number>;
  /** The runs laid over each open run panel's own, by its run directory. */
  together(): Record<string, string[]>;
  /** The open spectrum panels: what reached their pages, and what their pages may ask for. */
  spectra(): Pick<SpectrumPanel, 'progress' | 'receive'>[];
  /** The open budget panels: what their pages were told, and what their pages may ask for. */
  budgets(): Pick<BudgetPanel, 'shown' | 'receive'>[];
  /** The open comparisons of runs: what their pages were told, and what their pages may ask for. */
  comparisons(): Pick<ComparisonPanel, 'shown' | 'receive'>[];
  /** The open playgrounds: what their pages were told, and what their pages may ask for. */
  playgrounds(): Pick<PlaygroundPanel, 'told' | 'receive'>[];
  /** Milliseconds that `activate` took. */
  activation: number;
}

let language: Language | undefined;

export function activate(context: ExtensionContext): RankwiseApi {
  const began = performance.now();
  const log = window.createOutputChannel('Rankwise', { log: true });
  const daemon = makeDaemonClient(context);
  const runs = new Runs(daemon, log);
  language = new Language(context, log);
  const panels = new RunPanels({ context, daemon, runs, log, language });
  const parts = { context, log, daemon, language, runs, panels };
  const previews = new DataPreviews();
  const inspections = new AdapterInspections();
  const presentRecipes = new PresentRecipes();
  // A daemon that is there tells of its runs by itself.
  const runsView = new RunsView(runs, context.workspaceState, (tree) => {
    if (!daemon.daemon) tree.load(runs.refresh());
  });
  const services: Services = {
    ...parts,
    budgets: new BudgetPanels(parts),
    comparisons: new ComparisonPanels(parts),
    previews,
    inspections,
    presentRecipes,
    runsView,
    spectra: new SpectrumPanels(parts),
    playgrounds: new PlaygroundPanels(parts),
  };

  context.subscriptions.push(
    log,
    daemon,
    runs,
    runsView,
    makeStatusBar(runs),
    new ModelOutlines(language),
    previews,
    inspections,
    presentRecipes,
    ...registerCommands(services),
  );
  notifyOfRuns(services);
  watchModelFolders(context, log);
  language.watch();
  // A daemon that runs already is joined, now or when another window starts it; none is started before it is needed.
  daemon.follow();
  runsView.begin();

  const activation = performance.now() - began;
  log.info(`activated in ${activation.toFixed(0)} ms`);
  return {
    runs: () => runs.all(),
    tree: runsView.tree,
    panels: () => panels.progress(),
    together: () => panels.together(),
    spectra: () => services.spectra.all(),
    budgets: () => services.budgets.all(),
    comparisons: () => services.comparisons.all(),
    playgrounds: () => services.playgrounds.all(),
    activation,
  };
}

export async function deactivate(): Promise<void> {
  await language?.stop();
}
