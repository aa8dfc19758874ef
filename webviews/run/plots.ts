/** Which charts a run has. */

import { h } from '../shared/dom.ts';
import { figure, memory, throughput, tick } from '../shared/figures.ts';
import { type Point, smooth } from '../shared/series.ts';
import type { SeriesColour, Theme } from '../shared/theme.ts';
import type { RunModel } from './model.ts';
import { Plot } from './plot.ts';

export interface Smoothing {
  weight: number;
  logarithmic: boolean;
}

/** @param model asked on each draw, since a reload replaces it. */
export function makePlots(
  model: () => RunModel,
  settings: Smoothing,
  theme: Theme,
  summary: string,
  changed: () => void,
): Plot[] {
  const smoothed = memoized(
    () => [model().loss, model().loss.length, settings.weight] as const,
    (points, _length, weight) => smooth(points, weight),
  );
  const lastStep = () => model().step;
  const loss = new Plot(
    {
      title: 'Loss',
      format: tick,
      lastStep,
      marks: () => model().marks,
      series: [
        {
          label: 'Training',
          colour: 'training',
          style: 'faint',
          format: figure,
          points: () => model().loss,
        },
        { label: 'Smoothed', colour: 'training', style: 'smooth', format: figure, points: smoothed },
        {
          label: 'Evaluation',
          colour: 'evaluation',
          style: 'dotted',
          format: figure,
          points: () => model().evaluationLoss,
        },
      ],
    },
    theme,
    summary,
  );
  addLossControls(loss, settings, changed);
  const small = (
    label: string,
    colour: SeriesColour,
    read: (value: number) => string,
    points: () => readonly Point[],
  ) =>
    new Plot(
      {
        title: label,
        format: read === figure ? tick : read,
        lastStep,
        fromZero: true,
        binary: read === memory,
        series: [{ label, colour, style: 'solid', format: read, points }],
      },
      theme,
      summary,
    );
  return [
    loss,
    small('Learning rate', 'rate', figure, () => model().learningRate),
    small('Gradient norm', 'gradient', figure, () => model().gradNorm),
    small('Tokens per second', 'throughput', throughput, () => model().tokensPerSecond),
    small('Memory', 'memory', memory, () => model().memory),
  ];
}

function addLossControls(plot: Plot, settings: Smoothing, changed: () => void): void {
  plot.setLogarithmic(settings.logarithmic);
  const slider = h('input', {
    type: 'range',
    min: 0,
    max: 0.99,
    step: 0.01,
    value: settings.weight,
    'aria-label': 'Weight of the moving average',
    title: 'Weight of the moving average',
    oninput: () => {
      settings.weight = Number(slider.value);
      plot.draw();
      changed();
    },
  });
  const log = h('input', {
    type: 'checkbox',
    onchange: () => {
      settings.logarithmic = log.checked;
      plot.setLogarithmic(log.checked);
      changed();
    },
  });
  log.checked = settings.logarithmic;
  plot.controls.append(h('label', {}, 'Smoothing', slider), h('label', {}, log, 'Log scale'));
}

/** Recomputes only when what it depends on has changed: drawing and pointing ask for the same curve many times. */
function memoized(
  key: () => readonly [readonly Point[], number, number],
  compute: (points: readonly Point[], length: number, weight: number) => Point[],
): () => readonly Point[] {
  let before: readonly [readonly Point[], number, number] | undefined;
  let value: Point[] = [];
  return () => {
    const now = key();
    if (!before || now.some((part, i) => part !== before![i])) value = compute(...now);
    before = now;
    return value;
  };
}
