/** The axes of a plot: steps below, values at the left. */
import type { ChartOptions, Scale } from 'chart.js';
import { dropOddTick, tickStyle } from '../shared/axes.ts';
import type { Theme } from '../shared/theme.ts';
import type { PlotOptions } from './plot.ts';

type Scales = NonNullable<ChartOptions<'line'>['scales']>;

export function scalesOf(options: PlotOptions, theme: Theme, logarithmic: boolean): Scales {
  const { grid } = theme;
  const ticks = tickStyle(theme);
  return {
    x: {
      type: 'linear',
      min: 0,
      border: { color: grid },
      grid: { display: false },
      ticks: { ...ticks, precision: 0, maxTicksLimit: 9, maxRotation: 0 },
      afterBuildTicks: dropOddTick,
    },
    y: {
      type: logarithmic ? 'logarithmic' : 'linear',
      ...(options.fromZero && { min: 0 }),
      border: { display: false },
      grid: { color: grid, tickLength: 0 },
      ticks: {
        ...ticks,
        maxTicksLimit: options.fromZero ? 4 : 6,
        callback: (value) => options.format(Number(value)),
      },
      ...(options.binary
        ? { bounds: 'data', afterDataLimits: roundUpBinary, afterBuildTicks: binaryTicks }
        : { grace: '4%' }),
    },
  };
}

const binaryStep = (max: number) => 2 ** Math.max(0, Math.ceil(Math.log2(max / 3)));

function roundUpBinary(axis: Scale): void {
  const step = binaryStep(axis.max);
  axis.max = Math.ceil(axis.max / step) * step;
}

function binaryTicks(axis: Scale): void {
  const step = binaryStep(axis.max);
  axis.ticks = Array.from({ length: Math.round(axis.max / step) + 1 }, (_, i) => ({ value: i * step }));
}
