/** What all charts that Chart.js draws have in common. */
import type { Chart, ChartOptions } from 'chart.js';
import type { Point } from './series.ts';

/** Nothing moves, points are taken as they are, and what pointers and keys do is ours. @param padding beside the plot, CSS pixels. */
export const lineOptions = (padding: { top: number; right: number }): ChartOptions<'line'> => ({
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
  parsing: false,
  normalized: true,
  events: [],
  layout: { padding },
});

/** A copy as sharp as a page of a paper needs it. @param density pixels of the copy to one of CSS. */
export function sharpCopy(chart: Chart<'line', Point[]>, density: number): HTMLCanvasElement {
  const { canvas, options } = chart;
  const copy = document.createElement('canvas');
  const before = options.devicePixelRatio;
  const drawAt = (ratio: number | undefined) => {
    if (ratio === undefined) delete options.devicePixelRatio;
    else options.devicePixelRatio = ratio;
    chart.resize();
    chart.draw();
  };
  drawAt(density);
  [copy.width, copy.height] = [canvas.width, canvas.height];
  copy.getContext('2d')!.drawImage(canvas, 0, 0);
  drawAt(before);
  return copy;
}

/** Base64 of a PNG. */
export const pngOf = (canvas: HTMLCanvasElement): string =>
  canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
