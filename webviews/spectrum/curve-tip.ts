/** Which curve is under the pointer, and what it says there. */
import { h } from '../shared/dom.ts';
import { placeTip } from '../shared/tip.ts';
import { swatch } from './controls.ts';
import type { CurveChart } from './curve-chart.ts';

export interface Reading {
  label: string;
  colour: string;
  dash: readonly number[];
  y: number;
  text: string;
}

/** A curve further away than this (pixels) is not meant. */
const reach = 28;

/** Where arrow keys read values: the chart's canvas takes the focus. */
export interface TipKeys {
  /** The places there are. */
  last(): number;
  /** Receives in words what the tip says. */
  speak(text: string): void;
}

/** @param read every curve at an x of the chart. */
export function addCurveTip(chart: CurveChart, read: (x: number) => Reading[], keys?: TipKeys): void {
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  chart.holder.append(tip);
  const hide = () => {
    tip.hidden = true;
  };
  const show = (readings: readonly Reading[], at: number) => {
    tip.replaceChildren(
      ...readings.map(({ colour, dash, label, text }) =>
        h('div', {}, swatch(colour, dash), h('span', {}, label), h('span', { class: 'value' }, text)),
      ),
    );
    tip.hidden = false;
    placeTip(tip, at, chart.canvas.clientWidth);
    const top = Math.min(...readings.map(({ y }) => chart.pixelAt(y)).filter(Number.isFinite));
    tip.style.top = `${Number.isFinite(top) ? Math.max(0, top - 12) : 0}px`;
  };
  chart.holder.addEventListener('pointerleave', hide);
  chart.holder.addEventListener('pointerdown', hide);
  chart.holder.addEventListener('pointermove', (event) => {
    const { canvas } = chart;
    if (event.buttons !== 0 || event.target !== canvas) return hide();
    const x = chart.valueAt(event.offsetX);
    const nearest = x === undefined ? undefined : nearestReading(chart, read(Math.round(x)), event.offsetY);
    if (nearest) show([nearest], event.offsetX);
    else hide();
  });
  if (keys) addKeys(chart, read, keys, show, hide);
}

function addKeys(
  chart: CurveChart,
  read: (x: number) => Reading[],
  { last, speak }: TipKeys,
  show: (readings: readonly Reading[], at: number) => void,
  hide: () => void,
): void {
  const { canvas } = chart;
  let place: number | undefined;
  canvas.tabIndex = 0;
  canvas.addEventListener('blur', () => {
    place = undefined;
    hide();
  });
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    const stride = event.shiftKey ? 10 : 1;
    const to = { ArrowRight: (place ?? 0) + stride, ArrowLeft: (place ?? 2) - stride, Home: 1, End: last() }[event.key];
    if (to === undefined || last() < 1) return;
    event.preventDefault();
    place = Math.min(last(), Math.max(1, to));
    const readings = read(place);
    if (readings.length === 0) return;
    show(readings, chart.pixelOf(place));
    speak(readings.map(({ label, text }) => `${label}: ${text}`).join(', '));
  });
}

function nearestReading(chart: CurveChart, readings: Reading[], pixel: number): Reading | undefined {
  let [best, distance]: [Reading | undefined, number] = [undefined, reach];
  for (const reading of readings) {
    const away = Math.abs(chart.pixelAt(reading.y) - pixel);
    if (away < distance) [best, distance] = [reading, away];
  }
  return best;
}
