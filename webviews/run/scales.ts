/** The axes of a plot: the shared one below, values at the left. */
import type { ChartOptions, Scale } from 'chart.js';
import { decades, tickStyle } from '../shared/axes.ts';
import type { Theme } from '../shared/theme.ts';
import type { Limits } from './limits.ts';
import type { PlotOptions } from './plot.ts';

type Scales = NonNullable<ChartOptions<'line'>['scales']>;

/** @param limits of the values, asked on each draw. */
export function scalesOf(options: PlotOptions, theme: Theme, logarithmic: boolean, limits: () => Limits): Scales {
  const { grid } = theme;
  const ticks = tickStyle(theme);
  return {
    x: {
      type: 'linear',
      border: { color: grid },
      grid: { display: false },
      ticks: {
        ...ticks,
        maxRotation: 0,
        autoSkip: false,
        align: 'inner',
        callback: (value) => options.x.text(Number(value)),
      },
      afterBuildTicks: (axis) => roundTicks(axis, options.x.axis === 'time' ? timeSteps : []),
    },
    y: {
      type: logarithmic ? 'logarithmic' : 'linear',
      ...(options.fromZero && !logarithmic && { min: 0 }),
      border: { display: false },
      grid: { color: grid, tickLength: 0 },
      ticks: {
        ...ticks,
        maxTicksLimit: options.fromZero ? 4 : 6,
        callback: (value) => options.format(Number(value)),
      },
      afterDataLimits: (axis) => {
        const { min, max } = limits();
        axis.max = max;
        if (!options.fromZero || logarithmic) axis.min = min;
        if (options.binary && !logarithmic) roundUpBinary(axis);
      },
      ...(logarithmic
        ? { afterBuildTicks: decadeTicks }
        : options.binary
          ? { bounds: 'data', afterBuildTicks: binaryTicks }
          : { grace: '4%' }),
    },
  };
}

/** Seconds between ticks that clocks know. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Ticks at round places only, as many as have room: the ends of a zoomed range are none. */
function roundTicks(axis: Scale, known: readonly number[]): void {
  const { min, max, width } = axis;
  const least = (max - min) / Math.max(2, Math.min(8, Math.floor(width / 90)));
  const step = known.find((each) => each >= least) ?? roundUp(least);
  const ticks = [];
  for (let i = Math.ceil(min / step - 1e-9) || 0; i * step <= max + step * 1e-9; i++) ticks.push({ value: i * step });
  axis.ticks = ticks;
}

/** 1, 2 or 5 times a power of ten, and never less than 1: nothing is between two steps. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(1, power * ([1, 2, 5, 10].find((times) => times * power >= value * 0.999_999) ?? 10));
}

function decadeTicks(axis: Scale): void {
  const ticks = decades(axis, 5).map((value) => ({ value }));
  // Within less than an octave no power of ten may stand: the ends are better than nothing.
  axis.ticks = ticks.length > 1 ? ticks : [{ value: axis.min }, { value: axis.max }];
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
