/** What the comparison's page is told, of a sweep over methods, ranks and seeds of which some goes on and some failed. */

import type { ComparedRun } from '../../../server/protocol/comparison.ts';
import type { ToComparisonView } from '../../../server/protocol/comparison-view.ts';
import { evaluation, reportRun, unfinished } from '../../unit/report/helpers.ts';

const started = (trainableParameters: number) =>
  ({
    time: '2026-01-02T03:04:05.000Z',
    event: 'started',
    run: '/r',
    totalSteps: 100,
    trainableParameters,
    allParameters: 1_000_000,
    pinned: { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: {} },
  }) as const;

const points: [method: string, rank: number, trainable: number, accuracies: number[]][] = [
  ['lora', 2, 24_000, [0.86, 0.89, 0.875]],
  ['lora', 8, 96_000, [0.905, 0.913, 0.91]],
  ['lora', 32, 384_000, [0.9]],
  ['lora-xs', 4, 1200, [0.8, 0.83, 0.79]],
  ['lora-xs', 16, 8000, [0.885, 0.9, 0.89]],
  ['dora', 8, 104_000, [0.92, 0.916]],
  ['pissa', 8, 97_000, [0.911]],
];
const finished = points.flatMap(([method, rank, trainable, accuracies]) =>
  accuracies.map((accuracy, i) =>
    reportRun({ id: `${method}-r${rank}-s${i}`, method, rank, trainable, accuracy, seed: i }),
  ),
);
const running = (accuracy: number, step: number) =>
  reportRun({
    id: 'dora-r32-s0',
    method: 'dora',
    rank: 32,
    record: { ...unfinished, state: 'running', step, totalSteps: 100 },
    events: [started(392_000), evaluation(step, accuracy)],
  });
const failed = reportRun({
  id: 'svft',
  method: 'svft',
  rank: 0,
  record: {
    ...unfinished,
    state: 'failed',
    error: { code: 'out-of-memory', message: '<b>Not enough</b> memory.', kind: 'runtime' },
  },
});

/** While one goes on: at this step, with this accuracy. */
export const sweep = (step = 40, accuracy = 0.87): ToComparisonView => ({
  type: 'runs',
  title: 'ranks',
  runs: [...finished, running(accuracy, step), failed].map(({ compared }): ComparedRun => compared),
});
