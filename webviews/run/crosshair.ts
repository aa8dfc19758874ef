/** One crosshair through all plots: moved by the pointer or the arrow keys, read as a table beside it and by screen readers. */
import { count } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import { placeTip } from '../shared/tip.ts';
import { type Curve, nearestRow } from './curves.ts';
import { rowsOf, type ShownRun } from './horizontal.ts';
import type { Plot } from './plot.ts';

/** Marks this near (pixels) are told with the values. */
const nearMarks = 5;

export class Crosshair {
  private readonly plots = new Set<Plot>();
  private readonly tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  private readonly stops: () => ShownRun | undefined;
  private readonly speak: (text: string) => void;
  /** While something else is done with the pointer. */
  paused = false;

  /**
   * @param stops the run whose steps the crosshair stops at, asked anew each time.
   * @param speak receives the values in words when keys moved the crosshair.
   */
  constructor(stops: () => ShownRun | undefined, speak: (text: string) => void) {
    this.stops = stops;
    this.speak = speak;
  }

  add(plot: Plot): void {
    this.plots.add(plot);
    const { canvas } = plot;
    canvas.addEventListener('pointermove', (event) => {
      const place = this.paused ? undefined : plot.placeAt(event.offsetX);
      const rows = this.rows(plot);
      const row = place === undefined || !rows ? undefined : nearestRow(rows, place);
      if (row === undefined) this.hide();
      else this.show(plot, row);
    });
    canvas.addEventListener('pointerleave', () => this.hide());
    canvas.addEventListener('blur', () => this.hide());
    canvas.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.hide();
      const rows = this.rows(plot);
      const row = rows && keyTarget(event, rows, plot.cursor);
      if (row === undefined) return;
      event.preventDefault();
      const { title, values } = this.show(plot, row);
      this.speak(`${title}: ${values.map(({ label, value }) => `${label} ${value}`).join(', ')}`);
    });
  }

  hide(): void {
    this.tip.hidden = true;
    for (const plot of this.plots) plot.drawCursor(undefined);
  }

  private rows({ options }: Plot): ReturnType<typeof rowsOf> | undefined {
    const run = this.stops();
    return run && rowsOf(run.model, options.x.axis);
  }

  private show(plot: Plot, row: number) {
    const { x, words } = plot.options;
    const place = this.rows(plot)!.x(row);
    for (const each of this.plots) each.drawCursor(place);
    const curves = plot.visible();
    const several = curves.some(({ run }) => run !== undefined);
    const values = curves.flatMap((curve) => readingOf(curve, place, x, several && curves.length > 6));
    const step = this.stops()!.model.steps.at(row);
    const title = x.axis === 'steps' ? x.place(place) : `${x.place(place)} (step ${count(step)})`;
    const near = plot.placeAt(plot.pixelAt(place) + nearMarks)! - place;
    const told = words?.(place - near, place + near) ?? [];
    this.tip.replaceChildren(
      h('strong', {}, title),
      ...values.map(({ curve, label, value }) =>
        h('div', {}, plot.swatch(curve), h('span', {}, label), h('span', { class: 'value' }, value)),
      ),
      ...told.slice(-3).map((text) => h('p', { class: 'muted' }, text)),
    );
    const holder = plot.canvas.parentElement!;
    holder.append(this.tip);
    this.tip.hidden = false;
    placeTip(this.tip, plot.pixelAt(place), holder.clientWidth);
    return { title, values };
  }
}

/** @param brief leaves the raw values out that stand behind an average. */
function readingOf(curve: Curve, at: number, axis: Plot['options']['x'], brief: boolean) {
  const point = brief && curve.style === 'faint' ? undefined : curve.read(at);
  if (!point || !Number.isFinite(point.y)) return [];
  const name = curve.run === undefined ? curve.label : `${curve.run} · ${curve.label.toLowerCase()}`;
  // Evaluations are rare: the nearest one is shown with the place it belongs to. So is a run that ended before.
  const there = curve.style === 'stepped' || point.x === at || (curve.style !== 'dotted' && curve.run === undefined);
  const label = there || nearly(point.x, at) ? name : `${name} (${axis.place(point.x).toLowerCase()})`;
  return [{ curve, label, value: curve.format(point.y) }];
}

/** Runs on another clock have no step at the very place. */
const nearly = (x: number, at: number) => Math.abs(x - at) <= 0.01 * Math.max(Math.abs(at), 1e-9);

/** The row that a key leads to; undefined for other keys or without steps. */
function keyTarget(event: KeyboardEvent, rows: ReturnType<typeof rowsOf>, cursor: number | undefined) {
  const last = rows.length - 1;
  if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const now = cursor === undefined ? last : Math.min(last, rows.lowerBound(cursor));
  const stride = event.shiftKey ? 10 : 1;
  switch (event.key) {
    case 'ArrowLeft':
      return cursor === undefined ? last : Math.max(0, now - stride);
    case 'ArrowRight':
      return Math.min(last, now + stride);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
