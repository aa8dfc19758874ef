/** The page: its parts, and which of them each change concerns. */
import { count } from '../../server/base/units.ts';
import type { FromSpectrumView } from '../../server/protocol/spectrum-view.ts';
import { h, setText } from '../shared/dom.ts';
import { share } from '../shared/figures.ts';
import type { HeatMap } from '../shared/heat-map.ts';
import { Notices } from '../shared/notice.ts';
import { ChangeCard } from './change-card.ts';
import type { SpectrumTheme } from './colours.ts';
import { type Curve, learnedCsv, measuresCsv, valuesCsv } from './csv.ts';
import { EnergyCard, HistogramCard, ValuesCard } from './curve-cards.ts';
import type { CurveChart } from './curve-chart.ts';
import { Frames } from './frames.ts';
import { gridMeasure } from './grid-measures.ts';
import { GridView } from './grid-view.ts';
import { Head } from './head.ts';
import { type Charts, heldByChart, heldByMap, heldByPart } from './hook.ts';
import { LearnedCard } from './learned-card.ts';
import type { LearnedPartView } from './learned-part.ts';
import { Legend } from './legend.ts';
import { MeasuresTable } from './measures-table.ts';
import type { SpectrumModel } from './model.ts';
import { type Figure, pictureOf } from './picture.ts';
import { QuantileCard } from './quantile-map.ts';
import { RankCard } from './rank-card.ts';
import { RankCursor } from './rank-cursor.ts';
import { Scene } from './scene.ts';
import type { Spectrum } from './spectrum.ts';
import { isBare, notices, placeholder, stateOf } from './status.ts';
import { type ViewState, withAll, withSelected } from './view-state.ts';

/** Milliseconds of a frame that go into values that have just come. */
const preparing = 4;

export class SpectrumPanel {
  readonly element = h('main', { class: 'spectrum', hidden: true });
  readonly scene: Scene;
  private readonly post: (message: FromSpectrumView) => void;
  private readonly head: Head;
  private readonly notices = new Notices();
  private readonly placeholder = h('div', { class: 'card placeholder' });
  private readonly body = h('div', { class: 'spectrum-body' });
  private readonly spoken = h('p', { class: 'visually-hidden', role: 'status' });
  private readonly grid: GridView;
  private readonly legend: Legend;
  private readonly values: ValuesCard;
  private readonly energy: EnergyCard;
  private readonly rank: RankCard;
  private readonly cursor: RankCursor;
  private readonly histogram: HistogramCard;
  private readonly quantiles: QuantileCard;
  private readonly learned: LearnedCard;
  private readonly change: ChangeCard;
  private readonly table: MeasuresTable;
  private readonly frames: Frames;
  private prepared = 0;

  constructor(
    model: SpectrumModel,
    view: ViewState,
    theme: SpectrumTheme,
    post: (message: FromSpectrumView) => void,
    save: () => void,
  ) {
    this.post = post;
    const scene = new Scene(model, view, theme);
    this.scene = scene;
    const speak = (text: string) => setText(this.spoken, text);
    const placed = () => this.cursor?.place();
    this.head = new Head({
      compare: () => post({ type: 'compare' }),
      uncompare: () => post({ type: 'uncompare' }),
      stop: (subject) => post({ type: 'stop', subject }),
      restart: (subject) => post({ type: 'restart', subject }),
      savePicture: () => this.savePicture(),
      saveValues: () => this.saveCsv('values', valuesCsv(scene.curves())),
    });
    this.grid = new GridView(scene, {
      choose: (name, additive) => this.choose(withSelected(view.selected, name, additive)),
      chooseAll: (names, additive) => this.choose(withAll(view.selected, names, additive)),
      measure: (measure) => this.set({ measure }),
      mapLine: (mapLine) => this.set({ mapLine }),
      resized: () => this.frames.ask('grid'),
    });
    this.legend = new Legend(
      scene,
      (name) => this.choose(withSelected(view.selected, name, true)),
      (name) => this.choose([name]),
      (line) => this.toggleLine(line),
    );
    const set = (change: Partial<ViewState>) => this.set(change);
    const moveRank = (rank: number) => this.set({ rank });
    this.values = new ValuesCard(scene, placed, set);
    this.energy = new EnergyCard(scene, placed);
    this.cursor = new RankCursor([this.values.chart, this.energy.chart], moveRank);
    this.rank = new RankCard(moveRank, () => this.useRank());
    this.histogram = new HistogramCard(scene, set);
    this.quantiles = new QuantileCard(
      scene,
      speak,
      (kind) => this.set({ kind }),
      (name) => this.choose([name]),
    );
    this.learned = new LearnedCard(scene, speak, () => this.saveLearned());
    this.change = new ChangeCard(scene, speak);
    this.table = new MeasuresTable(scene, () => this.saveMeasures());
    this.frames = new Frames(
      [
        { name: 'head', render: () => this.renderHead(), pause: 100 },
        { name: 'rank', render: () => this.renderRank() },
        { name: 'values', render: () => this.values.render() },
        { name: 'energy', render: () => this.energy.render() },
        { name: 'legend', render: () => this.legend.render() },
        { name: 'grid', render: () => this.grid.render(), pause: 120 },
        { name: 'histogram', render: () => this.histogram.render() },
        { name: 'learned', render: () => this.learned.render() },
        { name: 'change', render: () => this.change.render() },
        { name: 'table', render: () => this.table.render() },
        { name: 'quantiles', render: () => this.quantiles.render(), pause: 200 },
        { name: 'state', render: save, pause: 250 },
      ],
      () => this.prepare(),
    );
    this.body.append(
      this.grid.element,
      this.legend.element,
      h('div', { class: 'pair' }, this.values.element, this.energy.element),
      this.rank.element,
      h('div', { class: 'pair' }, this.histogram.element, this.quantiles.element),
      this.learned.element,
      this.change.element,
      this.table.element,
    );
    this.element.append(this.head.element, this.notices.element, this.placeholder, this.body, this.spoken);
  }

  /** A new start of everything: subjects may be others. */
  started(): void {
    this.element.hidden = false;
    this.prepared = 0;
    this.listed();
  }

  /** The list of matrices changed. */
  listed(): void {
    this.scene.relist();
    this.grid.build();
    // At once: what is drawn next needs the width of its place.
    this.renderHead();
    this.frames.ask();
  }

  /** Something came that is not a spectrum, or a spectrum that nobody has looked at yet. */
  received(changes: boolean): void {
    this.frames.ask('head');
    if (changes) this.frames.ask('grid', 'learned', 'change');
  }

  cutsChanged(): void {
    this.rank.setRefused(undefined);
    // The cursor stands where the recipe cuts, until it is moved.
    this.frames.ask('values', 'energy', 'head', 'rank', 'grid');
  }

  refused(message: string): void {
    this.rank.setRefused(message);
  }

  setTheme(theme: SpectrumTheme): void {
    this.scene.theme = theme;
    for (const card of [this.values, this.energy, this.histogram, this.quantiles, this.learned, this.change])
      card.setTheme(theme);
    this.frames.ask();
  }

  charts(): Charts {
    this.frames.flush();
    return {
      values: heldByChart(this.values.chart),
      energy: heldByChart(this.energy.chart),
      histogram: heldByChart(this.histogram.chart),
      quantiles: heldByMap(this.quantiles.map),
      update: heldByChart(this.change.update),
      left: heldByMap(this.change.left),
      right: heldByMap(this.change.right),
      learned: this.learned.shown.flatMap(heldByPart),
      rank: this.scene.rank,
    };
  }

  /** Values that came are measured in small portions, between frames; what they concern is drawn. */
  private prepare(): boolean {
    const { model, view } = this.scene;
    if (!model.isWaiting) return false;
    const until = performance.now() + preparing;
    const ready = model.prepare(() => performance.now() < until);
    this.prepared += ready.length;
    this.frames.ask('head', 'grid', 'quantiles');
    const selected = new Set(view.selected);
    if (ready.some(({ matrix }: Spectrum) => selected.has(matrix.name))) this.frames.ask(...drawn, 'change', 'rank');
    return model.isWaiting;
  }

  private choose(selected: string[]): void {
    const kind = this.scene.model.matrices.get(selected.at(-1) ?? '')?.kind;
    this.set({ selected, ...(kind !== this.scene.focus?.kind && { kind: undefined }) });
  }

  private set(change: Partial<ViewState>): void {
    const { view } = this.scene;
    Object.assign(view, change);
    const { follows } = gridMeasure(view.measure);
    const asks = new Set<string>(['state']);
    const ask = (...names: string[]) => names.forEach((name) => void asks.add(name));
    if ('rank' in change) ask('rank', ...(follows === 'rank' ? ['grid'] : []));
    if ('interval' in change) ask('histogram', 'table', ...(follows === 'interval' ? ['grid'] : []));
    if ('logarithmic' in change) ask('values', 'learned', 'change');
    if ('normalised' in change) ask('values');
    if ('logarithmicRanks' in change) ask('values', 'energy', 'change');
    if ('logarithmicBins' in change) ask('histogram');
    if ('measure' in change) ask('grid');
    if ('mapLine' in change) ask('grid', 'quantiles');
    if ('kind' in change) ask('quantiles');
    if ('hidden' in change) ask(...drawn, 'legend', 'rank');
    if ('selected' in change) ask(...drawn, 'legend', 'rank', 'grid', 'learned', 'change', 'quantiles');
    this.frames.ask(...asks);
  }

  private toggleLine(id: string): void {
    const { hidden } = this.scene.view;
    const all = this.scene.model.lines().map((line) => line.id);
    const next = hidden.includes(id) ? hidden.filter((each) => each !== id) : [...hidden, id];
    // One stays.
    if (all.some((each) => !next.includes(each))) this.set({ hidden: next });
  }

  private renderHead(): void {
    const { model, view, rank } = this.scene;
    this.head.render(this.scene);
    this.notices.render(notices(model));
    const instead = placeholder(model);
    this.placeholder.hidden = !instead;
    this.body.classList.toggle('bare', isBare(model));
    this.body.hidden = instead !== undefined;
    setText(this.placeholder, instead ?? '');
    Object.assign(document.body.dataset, {
      state: stateOf(model),
      subjects: String(model.subjects.length),
      matrices: String(model.matrices.size),
      values: String(model.received),
      prepared: String(this.prepared),
      faults: String(model.subjects.reduce((sum, { faults }) => sum + faults.size, 0)),
      selected: String(view.selected.length),
      rank: String(rank),
    });
  }

  private renderRank(): void {
    const { scene } = this;
    const { rank, largestRank, focus, lines } = scene;
    this.rank.render(scene);
    const spectrum = focus && lines.map((line) => scene.model.spectrum(focus.name, line)).find((found) => found);
    const text = `Rank ${count(rank)}${spectrum ? `, ${share(spectrum.energyAt(rank))} of the energy` : ''}`;
    this.cursor.set({ rank, largest: largestRank, text });
    this.energy.renderSummary();
    document.body.dataset.rank = String(rank);
    document.body.dataset.selected = String(scene.view.selected.length);
  }

  private useRank(): void {
    const { focus, rank } = this.scene;
    this.rank.setRefused(undefined);
    if (focus) this.post({ type: 'useRank', matrix: focus.name, rank });
  }

  private get fileName(): string {
    const titles = this.scene.model.subjects.map(({ subject }) => subject.title);
    return titles.join(' and ').replace(/[^\p{L}\p{N}._+-]+/gu, '-') || 'model';
  }

  private saveCsv(what: string, csv: string): void {
    this.post({ type: 'save', name: `${this.fileName}-${what}.csv`, content: { csv } });
  }

  /** Of every matrix, not of the selected ones alone. */
  private saveMeasures(): void {
    const { model, view, rank } = this.scene;
    const curves = model.lines().flatMap((line) =>
      [...model.matrices.keys()].flatMap((name): Curve[] => {
        const spectrum = model.spectrum(name, line);
        return spectrum ? [{ line, spectrum }] : [];
      }),
    );
    this.saveCsv('measures', measuresCsv(curves, rank, view.interval));
  }

  /** Of every matrix, as far as it has come. */
  private saveLearned(): void {
    const { model } = this.scene;
    const all = model.subjects.flatMap(({ subject: { title }, learned }) =>
      [...model.matrices.values()].flatMap((matrix) => {
        const found = learned.get(matrix.name);
        return found ? [{ title, matrix, learned: found }] : [];
      }),
    );
    this.saveCsv('learned', learnedCsv(all));
  }

  private savePicture(): void {
    this.frames.flush();
    const { scene, values, energy, histogram, quantiles, change } = this;
    const { focus, rank } = scene;
    const withCursor = ({ chart }: ValuesCard | EnergyCard) => ({
      title: chart.title,
      picture: (density: number) => chart.picture(density),
      ...(chart.area && { cursor: { x: chart.pixelOf(rank), top: chart.area.top, bottom: chart.area.bottom } }),
    });
    const compared = focus !== undefined && scene.model.change(focus.name) !== undefined;
    const figures = [
      [withCursor(values), withCursor(energy)],
      [histogram.chart, quantiles.map],
      ...this.learned.shown.map(picturesOf),
      ...(compared ? [[change.update, change.left, change.right]] : []),
    ];
    // As on the page: beside each other where there is room.
    const stacked = values.element.offsetTop !== energy.element.offsetTop;
    const rows = stacked ? figures.flat().map((figure) => [figure]) : figures;
    const caption = energy.summary.textContent ?? '';
    const heading = scene.model.subjects.map(({ subject }) => subject.title).join(' and ');
    const png = pictureOf(heading, caption, rows, scene.curves(), scene.theme);
    this.post({ type: 'save', name: `${this.fileName}.png`, content: { png } });
  }
}

/** A part's charts, under its name. */
function picturesOf({ part, curve, beside, map }: LearnedPartView): Figure[] {
  if (!part) return [];
  const figure = (title: string, chart: CurveChart | HeatMap) => ({
    title,
    picture: (density: number) => chart.picture(density),
  });
  if (part.kind === 'table') return [figure(part.title, map)];
  const besides = part.beside.length > 0 ? [figure(part.beside.map(({ title }) => title).join(' and '), beside)] : [];
  return [figure(part.title, curve), ...besides];
}

/** Parts that draw the selected curves. */
const drawn = ['values', 'energy', 'histogram', 'table'];
