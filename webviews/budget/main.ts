/** The budget panel: receives the comparison for one entry of a recipe, and keeps what the person set. */
import type { BudgetViewState, FromBudgetView, ToBudgetView } from '../../server/protocol/budget-view.ts';
import { onThemeChange } from '../shared/theme.ts';
import { themeNow } from './look.ts';
import { BudgetPanel } from './panel.ts';
import { restoreView } from './view-state.ts';

const host = acquireVsCodeApi<FromBudgetView, BudgetViewState>();
const recipe = document.body.dataset.recipe!;
const view = restoreView(host.getState()?.view);
const save = () => host.setState({ recipe, view: { ...view } });
const panel = new BudgetPanel(view, themeNow(), (message) => host.postMessage(message), save);
document.body.append(panel.element);
document.body.dataset.state = 'waiting';
onThemeChange(() => panel.setTheme(themeNow()));
window.rankwiseBudget = {
  points: () =>
    panel.chart.series.map(({ method, rows }) => ({
      method,
      points: rows.map((row) => ({ key: row.key, ...panel.chart.pixelOf(row) })),
    })),
  front: () => panel.chart.front.map(({ key }) => key),
};

declare global {
  interface Window {
    /** What tests look at, and nothing else does: points of the chart by method, in CSS pixels of its canvas, and the Pareto front. */
    rankwiseBudget: {
      points(): { method: string; points: { key: string; x: number; y: number }[] }[];
      front(): string[];
    };
  }
}

window.addEventListener('message', ({ data }: MessageEvent<ToBudgetView>) => panel.receive(data));
save();
host.postMessage({ type: 'ready', ...(view.entry !== undefined && { entry: view.entry }) });
