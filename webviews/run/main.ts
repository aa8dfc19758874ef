/** The run panel: receives a run and its events from the extension, and those of runs laid over it; folds them into models, draws at most once a frame. */
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunEvent } from '../../server/protocol/events.ts';
import type { RecipeDifference } from '../../server/protocol/language.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { StepColumns } from '../../server/protocol/step-columns.ts';
import type { FromRunView, RunViewState, ToRunView } from '../../server/protocol/webview.ts';
import { h, setText } from '../shared/dom.ts';
import { onThemeChange, readTheme } from '../shared/theme.ts';
import { Crosshair } from './crosshair.ts';
import { longest } from './curves.ts';
import { DifferencesCard } from './differences-card.ts';
import { Horizontal } from './horizontal.ts';
import { RunModel } from './model.ts';
import { Panel } from './panel.ts';
import type { Plot, SavedAs } from './plot.ts';
import { Plots } from './plots.ts';
import { ranksCsv } from './ranks.ts';
import { RanksCard } from './ranks-card.ts';
import { RunsLegend } from './runs-legend.ts';
import { SamplesCard } from './samples-card.ts';
import { savedPlot } from './saving.ts';
import { Schedule } from './schedule.ts';
import { settingsOf, stateOf } from './settings.ts';
import { ShownRuns } from './shown-runs.ts';
import { Toolbar } from './toolbar.ts';
import { chartSummary, stateLabels } from './view.ts';
import { addZoom } from './zoom.ts';

const own = document.body.dataset.run!;
const host = acquireVsCodeApi<FromRunView, RunViewState>();
const settings = settingsOf(host.getState());
const runs = new ShownRuns(own, settings);
const model = () => runs.own.model;
let record: RunRecord | undefined;
let differences: { runs: string[]; rows: RecipeDifference[] } | undefined;
let theme = readTheme();

const panel = new Panel((command) => host.postMessage({ type: 'command', command }));
const summary = h('p', { id: 'summary', class: 'visually-hidden' });
const spoken = h('p', { class: 'visually-hidden', role: 'status' });
document.body.append(panel.offline, panel.element, summary, spoken);
const say = (text: string) => setText(spoken, text);
const save = () => host.setState(stateOf(own, settings));

const x = new Horizontal(() => runs.all(), settings.axis, settings.range);
const crosshair = new Crosshair(() => longest(runs.shown(), x) ?? runs.own, say);
const schedule = new Schedule(draw);

/** A person moved the axis, and it is not told and kept yet. */
let moved = false;

function zoomed(on: Plot): void {
  settings.range = x.zoom;
  toolbar.render(settings);
  crosshair.hide();
  moved = true;
  // The others follow when the hand rests: one chart a frame is what a slow machine can draw.
  schedule.gesture(() => on.draw(true));
}

function rested(): void {
  moved = false;
  const { from, to } = x.visible();
  say(x.zoom ? `${x.place(from)} to ${x.text(to)}` : 'The whole axis');
  save();
}

const toolbar = new Toolbar(settings, x, {
  axis(axis) {
    settings.axis = x.axis = axis;
    settings.range = x.zoom = undefined;
    toolbar.render(settings);
    schedule.soon();
    save();
  },
  smoothing() {
    schedule.soon();
    save();
  },
  showAll() {
    settings.range = x.zoom = undefined;
    toolbar.render(settings);
    schedule.soon();
    save();
  },
  addRuns: () => host.postMessage({ type: 'addRuns' }),
});
const legend = new RunsLegend(
  (run) => {
    runs.toggle(run);
    schedule.soon();
    save();
  },
  ({ run }) => {
    runs.remove(run);
    host.postMessage({ type: 'removeRun', run });
    schedule.soon();
    save();
  },
);
/** A plot shares the axis and the crosshair. */
function join(plot: Plot): void {
  crosshair.add(plot);
  addZoom(plot, x, zoomed, (busy) => {
    crosshair.paused = busy;
  });
}

const fileName = (what: string) => `${record?.name ?? 'run'}-${what.toLowerCase().replaceAll(/[^\w.-]+/g, '-')}`;
function savePlot(plot: Plot, as: SavedAs): void {
  const about = { runs: runs.shown(), x, smoothing: settings.weight, theme };
  panel.tell(undefined);
  const content = savedPlot(plot, as, about, (text) =>
    panel.tell({ kind: 'warning', title: 'Nothing was saved', text }),
  );
  schedule.soon();
  if (content) host.postMessage({ type: 'save', name: `${fileName(plot.options.title)}.${as}`, content });
}
const plots = new Plots(
  {
    runs: () => runs.all(),
    x,
    settings,
    summary: 'summary',
    changed: save,
    save: savePlot,
    made: join,
  },
  theme,
);
const ranks = new RanksCard({
  runs: () => runs.all(),
  x,
  theme,
  at: settings.ranksAt,
  speak: say,
  chosen(at) {
    settings.ranksAt = at;
    save();
  },
  save: savePlot,
  saveRanks: (of) =>
    host.postMessage({ type: 'save', name: `${fileName('ranks')}.csv`, content: { csv: ranksCsv(of) } }),
});
ranks.element.hidden = true;
join(ranks.plot);
const samples = new SamplesCard();
const differing = new DifferencesCard();
panel.charts.append(toolbar.element, legend.element, plots.element, differing.element);
panel.charts.after(ranks.element, samples.element);
onThemeChange(() => {
  theme = readTheme();
  plots.setTheme(theme);
  ranks.setTheme(theme);
  schedule.soon();
});

function draw(): void {
  if (moved) rested();
  unseen = 0;
  if (!record) return;
  panel.render(record, model(), Date.now());
  legend.render(runs.all(), runs.problems, theme);
  plots.draw();
  ranks.draw();
  samples.render(runs.shown());
  const known =
    differences &&
    differences.runs.join('\n') ===
      runs
        .all()
        .map(({ run }) => run)
        .join('\n');
  const names = runs.all().map(({ name }) => name);
  differing.render(names, known ? differences!.rows : undefined);
  setText(summary, chartSummary(model()));
}

// The time that is left changes even when no event comes.
setInterval(() => {
  if (record?.state === 'running' && !document.hidden) panel.renderHeader(record, model(), Date.now());
}, 1000);

function take(events: readonly (RunEvent | StepColumns)[]): void {
  if (events.some(({ event }) => event === 'resumed')) panel.events.reset();
  for (const event of events) model().apply(event);
}

/** Pixels by which runs have grown since the last draw. */
let unseen = 0;
/** Takes more of a run; true where that changes what is shown: of a million steps a few more move nothing. */
function grows(run: RunModel, events: readonly (RunEvent | StepColumns)[], apply: () => void): boolean {
  const before = x.end(run);
  apply();
  const { from, to } = x.visible();
  const gained = Math.max(0, Math.min(to, x.end(run)) - Math.max(from, before));
  unseen += (gained / (to - from)) * window.innerWidth;
  return unseen >= 0.5 || events.some(({ event }) => event !== 'step' && event !== 'steps');
}

function setRecord(next: RunRecord): void {
  if (record && record.state !== next.state) say(`${shownName(next)}: ${stateLabels[next.state]}`);
  record = next;
  runs.take(own, next);
  document.title = shownName(next);
}

window.addEventListener('message', ({ data }: MessageEvent<ToRunView>) => {
  if ('other' in data && data.other !== undefined) {
    const { other } = data;
    const known = runs.of(other)?.model;
    if (data.type === 'events' && known) schedule.data(grows(known, data.events, () => runs.takeOther(other, data)));
    else {
      runs.takeOther(other, data);
      save();
      if (data.type === 'record') schedule.data(true);
      else schedule.soon();
    }
    return;
  }
  switch (data.type) {
    case 'init':
      runs.own.model = new RunModel();
      panel.events.reset();
      setRecord(data.record);
      take(data.events);
      break;
    case 'events':
      schedule.data(grows(model(), data.events, () => take(data.events)));
      return;
    case 'record': {
      const before = record?.state;
      setRecord(data.record);
      if (before === data.record.state) schedule.data(false);
      else schedule.soon();
      return;
    }
    case 'connection':
      panel.setConnection(data.reason);
      break;
    case 'missing':
      panel.showMissing(data.error.message, data.error.hint);
      break;
    case 'differences':
      differences = data;
      break;
  }
  schedule.soon();
});
save();
host.postMessage({ type: 'ready', others: settings.others });
