/** What the parts of the extension share; made once, in `activate`. */
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { DaemonClient } from '../server/wire/client.ts';
import type { AdapterInspections } from './adapter-inspections.ts';
import type { BudgetPanels } from './budget-panels.ts';
import type { ComparisonPanels } from './comparison-panels.ts';
import type { DataPreviews } from './data-previews.ts';
import type { Language } from './language-client.ts';
import type { PlaygroundPanels } from './playground-panels.ts';
import type { PresentRecipes } from './present-recipes.ts';
import type { RunPanels } from './run-panels.ts';
import type { Runs } from './runs.ts';
import type { RunsView } from './runs-view.ts';
import type { SpectrumPanels } from './spectrum-panels.ts';

export interface Services {
  context: ExtensionContext;
  log: LogOutputChannel;
  daemon: DaemonClient;
  language: Language;
  runs: Runs;
  runsView: RunsView;
  panels: RunPanels;
  budgets: BudgetPanels;
  comparisons: ComparisonPanels;
  previews: DataPreviews;
  inspections: AdapterInspections;
  presentRecipes: PresentRecipes;
  spectra: SpectrumPanels;
  playgrounds: PlaygroundPanels;
}

/** What spectrum panels and their targets need. */
export type SpectrumServices = Omit<
  Services,
  'budgets' | 'comparisons' | 'spectra' | 'playgrounds' | 'previews' | 'inspections' | 'runsView' | 'presentRecipes'
>;
