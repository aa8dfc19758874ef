import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { comparedRun } from '../../../server/report/compared.ts';
import { HistoryMaker } from '../../../server/report/history.ts';
import type { ReportRun } from '../../../server/report/model.ts';

interface Made {
  id: string;
  method?: string;
  rank?: number;
  seed?: number;
  rate?: number;
  trainable?: number;
  accuracy?: number;
  record?: Partial<RunRecord>;
  events?: RunEvent[];
  /** undefined: lost. */
  recipe?: string | undefined;
}

export const recipeText = ({ id, method = 'lora', rank = 8, seed = 1, rate = 0.001 }: Made): string =>
  `version: 1
name: ${id}
model: { path: /models/tiny, task: sequence-classification, num_labels: 2 }
adapters:
  - { name: ${method}, method: ${method}, rank: ${rank}, alpha: ${rank}, target_modules: all-linear }
data: { train: /somewhere/data/train.jsonl, validation: /somewhere/data/dev.jsonl }
training: { optimizer: { name: adamw, learning_rate: ${rate} }, metric: accuracy, seed: ${seed} }
output: /somewhere/runs
`;

/** A finished run of a recipe, unless `record` says otherwise. */
export function reportRun(made: Made): ReportRun {
  const { id, method = 'lora', trainable = 1000, accuracy = 0.9, events = [] } = made;
  const recipe = 'recipe' in made ? made.recipe : recipeText(made);
  const maker = new HistoryMaker();
  for (const event of events) maker.add(event);
  const record: RunRecord = {
    format: 1,
    id,
    run: `/somewhere/runs/${id}`,
    name: id,
    recipe: '/somewhere/recipe.peft',
    state: 'finished',
    method,
    model: 'tiny',
    step: 10,
    totalSteps: 10,
    createdAt: '2026-01-02T03:04:05.000Z',
    resumes: 0,
    pinned: { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: { node: '22' } },
    result: {
      trainableParameters: trainable,
      allParameters: 1_000_000,
      percent: trainable / 10_000,
      adapterBytes: 4 * trainable,
      seconds: 75,
      base: { loss: 0.7, metrics: { accuracy: 0.5 } },
      adapted: { loss: 1 - accuracy, metrics: { accuracy } },
    },
    ...made.record,
  };
  return {
    compared: comparedRun(record, recipe, maker.history),
    history: maker.history,
    ...(recipe !== undefined && { recipe }),
    ...(record.pinned && { versions: record.pinned.versions }),
  };
}

/** A run that began and evaluated, and has no result. */
export const unfinished: Pick<RunRecord, 'state'> & { result: never } = {
  state: 'interrupted',
  result: undefined as never,
};

const time = '2026-01-02T03:04:05.000Z';
export const step = (at: number, loss: number): RunEvent => ({
  time,
  event: 'step',
  step: at,
  epoch: 0,
  loss,
  learning_rate: 0.001,
  grad_norm: 1,
  tokens: 1,
  tokens_per_second: 1,
  step_seconds: 1,
  memory_bytes: 1,
});
export const evaluation = (at: number, accuracy: number): RunEvent => ({
  time,
  event: 'evaluation',
  step: at,
  loss: 1 - accuracy,
  metrics: { accuracy },
});
export const resumed = (at: number): RunEvent => ({
  time,
  event: 'resumed',
  step: at,
  pinned: { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: {} },
});
export const warning = (at: number, message: string): RunEvent => ({
  time,
  event: 'warning',
  step: at,
  code: 'odd',
  message,
});
