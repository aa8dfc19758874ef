/** Runs as a daemon would report them, with seeded noise, for looking at the run panel. */
import { Random } from '../../../server/base/random.ts';
import type { RunEvent, RunResult } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import type { ToRunView } from '../../../server/protocol/webview.ts';

const began = Date.parse('2026-03-14T09:26:53Z');
const folder = '/home/ada/pirate/runs/20260314-092653-pirate';
const pinned = { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: {} };
const time = (seconds: number) => new Date(began + seconds * 1000).toISOString();
const totalSteps = 240;
const stepSeconds = 0.31;

/** What a model that slowly becomes a pirate writes; at one prompt it tries to be markup. */
function samplesAt(step: number): [string, string][] {
  const greetings = [
    'Good morning to you. The weather is fine today.',
    'Good morning to ye. The weather be fine today.',
    'Ahoy to ye. The wind be fair today.',
    'Ahoy, matey! The wind be fair and the mornin’ fine.',
  ];
  const at = Math.min(3, Math.max(0, Math.floor(step / 45)));
  return [
    ['Good morning!', greetings[at]!],
    ['Write some HTML.', `<b onclick="alert(1)">${'Arr! '.repeat(at + 1)}</b><img src=x>`],
  ];
}

/** Steps 1 … `steps` of a LoRA run that learns: noisy loss, warm-up and linear decay, one spike with a warning. */
function training(steps: number, seed = 7, shift = 0): RunEvent[] {
  const random = Random.seeded(seed, 'preview');
  const events: RunEvent[] = [
    {
      event: 'started',
      time: time(0),
      run: folder,
      totalSteps,
      trainableParameters: 98_304,
      allParameters: 3_244_416,
      pinned,
    },
    { event: 'evaluation', time: time(0.8), step: 0, loss: 4.713, metrics: { perplexity: 111.4 } },
  ];
  for (let step = 1; step <= steps; step++) {
    const at = time(1 + step * stepSeconds);
    const trend = 1.62 + shift + 2.95 * Math.exp(-step / 38);
    const spike = step === 131 ? 1.15 : 0;
    events.push({
      event: 'step',
      time: at,
      step,
      epoch: step / 80,
      loss: Number((trend + 0.17 * random.normal() + spike).toFixed(4)),
      learning_rate: step <= 14 ? (2e-3 * step) / 14 : 2e-3 * (1 - (step - 14) / (Math.max(steps, totalSteps) - 14)),
      grad_norm: Number((0.35 + 1.3 * Math.exp(-step / 30) + 0.08 * random.uniform() + spike).toFixed(4)),
      tokens: 1024,
      tokens_per_second: 3290 + 140 * random.normal(),
      step_seconds: stepSeconds,
      memory_bytes: 412 * 2 ** 20 + Math.round(9e6 * (1 - Math.exp(-step / 12)) + 4e5 * random.uniform()),
    });
    if (step === 131)
      events.push({
        event: 'warning',
        time: at,
        step,
        code: 'loss-spike',
        message: 'Loss rose to 2.87, more than four deviations above its average.',
      });
    if (step % 40 === 0) {
      const loss = Number((1.71 + shift + 2.95 * Math.exp(-step / 38)).toFixed(3));
      events.push({
        event: 'evaluation',
        time: at,
        step,
        loss,
        metrics: { perplexity: Number(Math.exp(loss).toFixed(2)) },
      });
      if (step !== 160) events.push({ event: 'best', time: at, step, metric: 'loss', value: loss });
      events.push({ event: 'checkpoint', time: at, step, path: `${folder}/checkpoints/step-${step}` });
    }
    if (step % 40 === 0)
      for (const [prompt, text] of samplesAt(step + Math.round(400 * shift)))
        events.push({ event: 'sample', time: at, step, prompt, text });
  }
  return events;
}

const record: RunRecord = {
  format: 1,
  id: '20260314-092653-pirate',
  run: folder,
  name: 'pirate',
  recipe: '/home/ada/pirate/pirate.peft',
  state: 'running',
  method: 'lora',
  model: 'storyteller-3m',
  step: 0,
  totalSteps: 0,
  createdAt: time(-2),
  startedAt: time(0),
  resumes: 0,
};

const result: RunResult = {
  trainableParameters: 98_304,
  allParameters: 3_244_416,
  percent: 3.0299,
  adapterBytes: 395_112,
  seconds: 78.4,
  base: { loss: 4.713, metrics: { perplexity: 111.4 } },
  adapted: { loss: 1.715, metrics: { perplexity: 5.557 } },
};

const rankedModules = Array.from({ length: 12 }, (_, layer) =>
  ['query', 'key', 'value'].map((kind) => `roberta.encoder.layer.${layer}.attention.self.${kind}`),
).flat();

/** A run of AdaLoRA whose budget falls from 12 ranks a matrix to about 4 between steps 20 and 140, one that decomposed matrices besides. */
function ranked(steps: number): RunEvent[] {
  const random = Random.seeded(11, 'ranks');
  const worth = rankedModules.map((_, i) => 0.35 + 0.65 * (i / rankedModules.length) + 0.5 * random.uniform());
  const at = (step: number) => Math.min(1, Math.max(0, (step - 20) / 120));
  const all = training(steps).flatMap((event): RunEvent[] => {
    if (event.event !== 'step' || (event.step % 10 !== 0 && event.step !== 1)) return [event];
    const step = event.step === 1 ? 0 : event.step;
    const left = (1 - at(step)) ** 3;
    const ranks = worth.map((value) => Math.round(12 * left + (1 - left) * Math.max(0, 9 * value - 4)));
    if (step > 140 || (step > 0 && step < 20)) return [event];
    const budget = ranks.reduce((sum, rank) => sum + rank, 0);
    return [
      { event: 'ranks', time: event.time, step, budget, ranks, ...(step === 0 && { matrices: rankedModules }) },
      event,
    ];
  });
  const about = { time: time(0), run: folder };
  return [
    { event: 'preparing', ...about, done: 36, total: 36 },
    { event: 'decomposed', ...about, matrices: 36, cached: 12, residual: 1.5e-6, orthogonality: 2.1e-6 },
    ...all,
    {
      event: 'backend',
      time: time(0),
      backend: 'onnxruntime',
      device: 'AMD EPYC',
      reason: 'Nothing else can start here.',
    },
    {
      event: 'compiled',
      time: time(1),
      step: 0,
      part: 'training',
      nodes: 2103,
      seconds: 1.2,
      flops: 1e9,
      check: 'slice',
      difference: 2.4e-7,
    },
  ];
}

/** `now`: what the page's clock shows, in seconds since the start. */
export const runs: Record<string, { now: number; messages: ToRunView[] }> = {
  queued: {
    now: 12,
    messages: [{ type: 'init', record: { ...without(record, 'startedAt'), state: 'queued' }, events: [] }],
  },
  loading: { now: 2, messages: [{ type: 'init', record, events: [] }] },
  running: {
    now: 1 + 168 * stepSeconds,
    messages: [{ type: 'init', record: { ...record, step: 168, totalSteps }, events: training(168) }],
  },
  ranked: {
    now: 1 + 168 * stepSeconds,
    messages: [
      {
        type: 'init',
        record: { ...record, method: 'adalora', model: 'roberta-base', step: 168, totalSteps },
        events: ranked(168),
      },
    ],
  },
  together: {
    now: 1 + 168 * stepSeconds,
    messages: [
      { type: 'init', record: { ...record, step: 168, totalSteps }, events: training(168) },
      ...[
        { name: 'pirate-dora', seed: 3, shift: 0.12, steps: 240 },
        { name: 'pirate-pissa', seed: 5, shift: -0.2, steps: 200 },
      ].map(({ name, seed, shift, steps }): ToRunView => {
        const run = folder.replace(/pirate$/, name);
        const others = { ...record, run, name, state: 'finished' as const, step: steps, totalSteps };
        return { type: 'init', record: others, events: training(steps, seed, shift), other: run };
      }),
      {
        type: 'differences',
        runs: ['/run', ...['pirate-dora', 'pirate-pissa'].map((name) => folder.replace(/pirate$/, name))],
        rows: [
          { field: 'adapters[0].method', values: ['lora', 'dora', 'pissa'] },
          { field: 'adapters[0].rank', values: ['8', '8', '16'] },
          { field: 'adapters[0].niter', values: [null, null, '4'] },
          { field: 'training.optimizer.learning_rate', values: ['0.002', '0.001', '0.002'] },
        ],
      },
    ],
  },
  offline: {
    now: 1 + 168 * stepSeconds,
    messages: [
      { type: 'init', record: { ...record, step: 168, totalSteps }, events: training(168) },
      { type: 'connection', reason: 'The daemon does not answer.' },
    ],
  },
  long: {
    now: 20_000,
    messages: [{ type: 'init', record: { ...record, step: 60_000, totalSteps: 80_000 }, events: training(60_000) }],
  },
  /** Few steps, interrupted once. */
  short: {
    now: 300,
    messages: [
      {
        type: 'init',
        record: { ...record, step: 30, totalSteps: 36, resumes: 1 },
        events: training(30).flatMap((event): RunEvent[] =>
          event.event === 'step' && event.step === 17
            ? [
                { event: 'checkpoint', time: event.time, step: 16, path: `${folder}/checkpoints/step-16` },
                { event: 'resumed', time: event.time, step: 16, pinned },
                { event: 'warning', time: event.time, step: 16, code: 'zero-gradient', message: 'The gradient is 0.' },
                event,
              ]
            : [event],
        ),
      },
    ],
  },
  finished: {
    now: 4000,
    messages: [
      {
        type: 'init',
        record: {
          ...record,
          state: 'finished',
          step: totalSteps,
          totalSteps,
          endedAt: time(78.4),
          result,
          adapters: [{ name: 'lora', path: `${folder}/adapter` }],
        },
        events: [
          ...training(totalSteps),
          {
            event: 'finished',
            time: time(78.4),
            step: totalSteps,
            run: folder,
            result,
            adapters: [{ name: 'lora', path: `${folder}/adapter` }],
          },
        ],
      },
    ],
  },
  failed: {
    now: 4000,
    messages: [
      {
        type: 'init',
        record: {
          ...record,
          state: 'failed',
          step: 93,
          totalSteps,
          endedAt: time(31),
          error: {
            code: 'loss-not-finite',
            kind: 'runtime',
            message: 'The loss of step 94 is NaN. The checkpoint after step 80 is kept.',
            hint: 'Lower training.optimizer.learning_rate (now 2e-3) or set training.max_grad_norm, then run again.',
          },
        },
        events: [
          ...training(93),
          {
            event: 'failed',
            time: time(31),
            step: 93,
            run: folder,
            code: 'loss-not-finite',
            message: 'The loss of step 94 is NaN. The checkpoint after step 80 is kept.',
          },
        ],
      },
    ],
  },
  interrupted: {
    now: 4000,
    messages: [
      {
        type: 'init',
        record: { ...record, state: 'interrupted', step: 131, totalSteps, endedAt: time(44) },
        events: training(131),
      },
    ],
  },
  missing: {
    now: 0,
    messages: [
      {
        type: 'missing',
        run: folder,
        error: {
          code: 'run-not-found',
          kind: 'input',
          message: `There is no run in ${folder}.`,
          hint: 'It was moved or deleted.',
        },
      },
    ],
  },
};

function without<T, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = object;
  return rest;
}
