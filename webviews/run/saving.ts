/** Charts as files: PNG in the colours of the page, SVG for print, CSV with every step. */
import type { FromRunView, XAxis } from '../../server/protocol/webview.ts';
import { svgFile } from '../../server/report/svg.ts';
import { pngOf } from '../shared/chart.ts';
import { canvasOf } from '../shared/scene.ts';
import type { Theme } from '../shared/theme.ts';
import type { Horizontal, ShownRun } from './horizontal.ts';
import { pictureScene } from './picture.ts';
import type { Plot, SavedAs } from './plot.ts';
import { horizontalAxis } from './scale.ts';
import { mostRows, tableCsv, tableRows } from './table.ts';

type Save = Extract<FromRunView, { type: 'save' }>;

/** CSS pixels: a column of a paper, twice as dense as a PNG. */
const size = { width: 760, height: 440 };
const titles: Record<XAxis, string> = { steps: 'step', tokens: 'tokens', time: 'time' };

/** @param smoothing its weight. Undefined where a table would be too large: the reason is told. */
export function savedPlot(
  plot: Plot,
  as: SavedAs,
  about: { runs: readonly ShownRun[]; x: Horizontal; smoothing: number; theme: Theme },
  tell: (text: string) => void,
): Save['content'] | undefined {
  if (as === 'csv') return tableOf(plot, about, tell);
  const scene = sceneOf(plot, about);
  return as === 'svg' ? { svg: svgFile(scene) } : { png: pngOf(canvasOf(scene, about.theme)) };
}

function sceneOf(plot: Plot, { runs, x, smoothing }: { runs: readonly ShownRun[]; x: Horizontal; smoothing: number }) {
  const { title, format } = plot.options;
  const range = x.visible();
  const { drawn, limits } = plot.drawnIn(range, size.width);
  const styles = new Set(drawn.map(({ curve }) => curve.style));
  const names = runs.length > 3 ? `${runs.length} runs` : runs.map(({ name }) => name).join(', ');
  const notes = [
    ...(styles.has('smooth') ? [`moving average, weight ${smoothing.toFixed(2)}, over the raw values`] : []),
    ...(drawn.some(({ curve }) => curve.dashed) && styles.size > 1 ? ['dashed: evaluation'] : []),
  ];
  return pictureScene({
    title,
    caption: [names, ...notes].join(' · '),
    drawn,
    range,
    x: { ...horizontalAxis(range, x.axis, size.width - 90), title: titles[x.axis], format: (value) => x.text(value) },
    y: { ...plot.vertical(limits, size.height), format },
    ...size,
  });
}

function tableOf(
  { options: { columns = [] } }: Plot,
  { runs, x }: { runs: readonly ShownRun[]; x: Horizontal },
  tell: (text: string) => void,
): { csv: string } | undefined {
  if (tableRows(runs, columns) <= mostRows) return { csv: tableCsv(runs, columns) };
  // What is zoomed into by steps alone: of other axes each run has a range of its own.
  const { from, to } = x.zoom && x.axis === 'steps' ? x.zoom : { from: 0, to: Number.POSITIVE_INFINITY };
  if (tableRows(runs, columns, from, to) <= mostRows) return { csv: tableCsv(runs, columns, from, to) };
  tell(`More than ${mostRows.toLocaleString('en-US')} rows: zoom in by steps, or hide runs, and save again.`);
  return undefined;
}
