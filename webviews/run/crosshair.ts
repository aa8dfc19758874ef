/** One crosshair through all plots: moved by the pointer or the arrow keys, read as a table beside it and by screen readers. */
import { count } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import { lastPointAt, lowerBound, nearestPoint, type Point } from '../shared/series.ts';
import { placeTip } from '../shared/tip.ts';
import type { Plot } from './plot.ts';

/**
 * @param steps the series whose steps the crosshair stops at, asked anew each time.
 * @param speak receives the values in words when keys moved the crosshair.
 */
export function addCrosshair(plots: Plot[], steps: () => readonly Point[], speak: (text: string) => void): void {
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });

  const hide = () => {
    tip.hidden = true;
    for (const plot of plots) plot.drawCursor(undefined);
  };
  const show = (plot: Plot, step: number) => {
    for (const each of plots) each.drawCursor(step);
    const rows = plot.visible().flatMap((series) => {
      const holds = series.style === 'stepped';
      const point = (holds ? lastPointAt : nearestPoint)(series.points(), step);
      if (!point || !Number.isFinite(point.y)) return [];
      // Evaluations are rare: the nearest one is shown with the step it belongs to.
      const label = holds || point.x === step ? series.label : `${series.label} (step ${count(point.x)})`;
      return [{ series, label, value: series.format(point.y) }];
    });
    tip.replaceChildren(
      h('strong', {}, `Step ${count(step)}`),
      ...rows.map(({ series, label, value }) =>
        h(
          'div',
          {},
          h('span', { class: `swatch ${series.style} ${series.colour}` }),
          h('span', {}, label),
          h('span', { class: 'value' }, value),
        ),
      ),
    );
    const holder = plot.canvas.parentElement!;
    holder.append(tip);
    tip.hidden = false;
    placeTip(tip, plot.pixelAt(step), holder.clientWidth);
    return rows;
  };

  for (const plot of plots) {
    plot.canvas.addEventListener('pointermove', (event) => {
      const step = plot.stepAt(event.offsetX);
      const point = step === undefined ? undefined : nearestPoint(steps(), step);
      if (point) show(plot, point.x);
      else hide();
    });
    plot.canvas.addEventListener('pointerleave', hide);
    plot.canvas.addEventListener('blur', hide);
    plot.canvas.addEventListener('keydown', (event) => {
      const points = steps();
      const target = keyTarget(event, points, plot.cursor);
      if (event.key === 'Escape') hide();
      if (target === undefined) return;
      event.preventDefault();
      const rows = show(plot, points[target]!.x);
      speak(`Step ${points[target]!.x}: ${rows.map(({ label, value }) => `${label} ${value}`).join(', ')}`);
    });
  }
}

/** Index of the point that a key leads to; undefined for other keys or without points. */
function keyTarget(event: KeyboardEvent, points: readonly Point[], cursor: number | undefined): number | undefined {
  const last = points.length - 1;
  if (last < 0) return undefined;
  const now = cursor === undefined ? last : Math.min(last, lowerBound(points, cursor));
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
