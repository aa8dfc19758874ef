/** Which curve is under the pointer, and what it says there. */
import { h } from '../shared/dom.ts';
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

/** @param read every curve at an x of the chart. */
export function addCurveTip(chart: CurveChart, read: (x: number) => Reading[]): void {
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  chart.holder.append(tip);
  const hide = () => {
    tip.hidden = true;
  };
  chart.holder.addEventListener('pointerleave', hide);
  chart.holder.addEventListener('pointerdown', hide);
  chart.holder.addEventListener('pointermove', (event) => {
    const { canvas } = chart;
    if (event.buttons !== 0 || event.target !== canvas) return hide();
    const x = chart.valueAt(event.offsetX);
    const nearest = x === undefined ? undefined : nearestReading(chart, read(Math.round(x)), event.offsetY);
    if (!nearest) return hide();
    tip.replaceChildren(
      h(
        'div',
        {},
        swatch(nearest.colour, nearest.dash),
        h('span', {}, nearest.label),
        h('span', { class: 'value' }, nearest.text),
      ),
    );
    tip.hidden = false;
    const width = tip.offsetWidth;
    const before = event.offsetX + 14 + width > canvas.clientWidth;
    tip.style.left = `${Math.max(0, before ? event.offsetX - 14 - width : event.offsetX + 14)}px`;
    tip.style.top = `${Math.max(0, chart.pixelAt(nearest.y) - 12)}px`;
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
