/** The comparison of runs: receives what they came to, and keeps what the person set. */
import type {
  ComparisonSubject,
  ComparisonViewState,
  FromComparisonView,
  ToComparisonView,
} from '../../server/protocol/comparison-view.ts';
import { onThemeChange } from '../shared/theme.ts';
import { ComparisonPage } from './panel.ts';
import { restoreView } from './view-state.ts';

const host = acquireVsCodeApi<FromComparisonView, ComparisonViewState>();
const about = JSON.parse(document.body.dataset.about!) as ComparisonSubject;
const view = restoreView(host.getState()?.view);
const save = () => host.setState({ about, view: { ...view } });
const page = new ComparisonPage(view, (message) => host.postMessage(message), save);
document.body.append(page.element);
document.body.dataset.state = 'waiting';
onThemeChange(() => page.render());
window.rankwiseComparison = { points: () => page.chart.scene?.places ?? [] };

declare global {
  interface Window {
    /** What tests look at, and nothing else does: where configurations are, in CSS pixels of the chart. */
    rankwiseComparison: { points(): { key: string; at: { x: number; y: number } }[] };
  }
}

window.addEventListener('message', ({ data }: MessageEvent<ToComparisonView>) => page.receive(data));
save();
host.postMessage({ type: 'ready' });
