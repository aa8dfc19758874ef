/** The run panel: receives a run and its events from the extension, folds them into a model, draws at most once a frame. */
import type { RunEvent } from '../../server/protocol/events.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { FromRunView, RunViewState, ToRunView } from '../../server/protocol/webview.ts';
import { h, setText } from '../shared/dom.ts';
import { onThemeChange, readTheme } from '../shared/theme.ts';
import { addCrosshair } from './crosshair.ts';
import { RunModel } from './model.ts';
import { Panel } from './panel.ts';
import { makePlots } from './plots.ts';
import { ranksCsv } from './ranks.ts';
import { RanksCard } from './ranks-card.ts';
import { chartSummary, stateLabels } from './view.ts';

const host = acquireVsCodeApi<FromRunView, RunViewState>();
const saved = host.getState();
const settings = {
  weight: saved?.smoothing ?? 0.8,
  logarithmic: saved?.logarithmic ?? false,
  ranksAt: saved?.ranksAt,
};
let record: RunRecord | undefined;
let model = new RunModel();

const panel = new Panel((command) => host.postMessage({ type: 'command', command }));
const summary = h('p', { id: 'summary', class: 'visually-hidden' });
const spoken = h('p', { class: 'visually-hidden', role: 'status' });
document.body.append(panel.offline, panel.element, summary, spoken);
const plots = makePlots(() => model, settings, readTheme(), 'summary', save);
panel.charts.append(...plots.map((plot) => plot.element));
const say = (text: string) => setText(spoken, text);
const ranks = new RanksCard(
  () => model,
  readTheme(),
  settings.ranksAt,
  say,
  (at) => {
    settings.ranksAt = at;
    save();
  },
  () => host.postMessage({ type: 'save', name: `${record?.name ?? 'run'}-ranks.csv`, csv: ranksCsv(model) }),
);
ranks.element.hidden = true;
panel.charts.after(ranks.element);
addCrosshair([...plots, ranks.plot], () => model.loss, say);
onThemeChange(() => {
  const theme = readTheme();
  for (const each of [...plots, ranks]) each.setTheme(theme);
});

let drawing = false;
function draw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (!record) return;
    panel.render(record, model, Date.now());
    for (const each of [...plots, ranks]) each.draw();
    setText(summary, chartSummary(model));
  });
}

// The time that is left changes even when no event comes.
setInterval(() => {
  if (record?.state === 'running' && !document.hidden) panel.renderHeader(record, model, Date.now());
}, 1000);

function save(): void {
  const run = document.body.dataset.run!;
  const { weight, logarithmic, ranksAt } = settings;
  host.setState({ run, smoothing: weight, logarithmic, ...(ranksAt !== undefined && { ranksAt }) });
}

function take(events: RunEvent[]): void {
  for (const event of events) {
    if (event.event === 'resumed') panel.events.reset();
    model.apply(event);
  }
}

function setRecord(next: RunRecord): void {
  if (record && record.state !== next.state) say(`${next.name}: ${stateLabels[next.state]}`);
  record = next;
  document.title = next.name;
}

window.addEventListener('message', ({ data }: MessageEvent<ToRunView>) => {
  switch (data.type) {
    case 'init':
      model = new RunModel();
      panel.events.reset();
      setRecord(data.record);
      take(data.events);
      break;
    case 'events':
      take(data.events);
      break;
    case 'record':
      setRecord(data.record);
      break;
    case 'connection':
      panel.setConnection(data.reason);
      break;
    case 'missing':
      panel.showMissing(data.error.message, data.error.hint);
      break;
  }
  draw();
});
save();
host.postMessage({ type: 'ready' });
