/** Run directories on the tiny models, for tests of training. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { Random } from '../../../server/base/random.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import type { JobContext } from '../../../server/jobs/types.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { JobName, Until } from '../../../server/protocol/jobs.ts';

export const fixtures = path.join(import.meta.dirname, '../../fixtures');
export const tiny = (name: string): string => path.join(fixtures, 'tiny', name);

/** A folder for runs; what they keep for others stays in it, too, unless a test says where. */
export function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-training-'));
  process.env.RANKWISE_HOME ??= path.join(folder, 'home');
  return folder;
}

/** Tiny Llama with a tokenizer, in a folder `model` of `folder`: of its bytes alone, as the model has no more tokens. */
export function byteModel(folder: string): string {
  const model = path.join(folder, 'model');
  for (const name of ['config.json', 'model.safetensors'])
    cpSync(path.join(tiny('llama'), name), path.join(model, name));
  const tokenizer = JSON.parse(readFileSync(path.join(fixtures, 'tokenizers/gpt2-bpe/tokenizer.json'), 'utf8'));
  const vocab = Object.fromEntries(Object.entries<number>(tokenizer.model.vocab).filter(([, id]) => id < 256));
  const bytes = { ...tokenizer, added_tokens: [], model: { ...tokenizer.model, vocab, merges: [] } };
  writeFileSync(path.join(model, 'tokenizer.json'), JSON.stringify(bytes));
  return model;
}

/** What a job sees of its worker; nobody listens unless `more` does. */
async function* nothing(): AsyncGenerator<never> {}

export const jobContext = <Name extends JobName>(more: Partial<JobContext<Name>> = {}): JobContext<Name> => ({
  emit: () => {},
  chunk: () => {},
  item: () => {},
  asks: nothing(),
  work: (job) => Promise.reject(new Error(`no process for ${job} in unit tests`)),
  signal: new AbortController().signal,
  ...more,
});

/** Trains a run directory here; `cancelAt` cancels it after that step, and so does `signal` at any time. Gives what was told. */
export async function train(
  run: string,
  {
    resume = false,
    cancelAt = Number.POSITIVE_INFINITY,
    signal,
    ...more
  }: { resume?: boolean; cancelAt?: number; signal?: AbortSignal; allowDifferentBackend?: boolean; until?: Until } = {},
): Promise<RunEvent[]> {
  const cancel = new AbortController();
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => {
    events.push(event);
    if (event.event === 'step' && event.step >= cancelAt) cancel.abort();
  };
  await trainJob({ run, resume, ...more }, jobContext({ emit, signal: signal ?? cancel.signal }));
  return events;
}

export const only = <K extends RunEvent['event']>(events: RunEvent[], kind: K) =>
  events.filter((event): event is Extract<RunEvent, { event: K }> => event.event === kind);

type Section = Record<string, unknown>;
export interface RecipeChanges {
  model?: Section;
  adapters?: Section[];
  data?: Section;
  training?: Section;
}

/** A run directory below `folder` that only lacks its worker: a LoRA on tiny Llama, four short epochs, unless changed. */
export function makeRun(folder: string, name: string, changes: RecipeChanges = {}): string {
  const run = path.join(folder, name);
  mkdirSync(run, { recursive: true });
  const recipe = {
    version: 1,
    name,
    model: { path: tiny('llama'), task: 'causal-lm', ...changes.model },
    adapters: changes.adapters ?? [{ method: 'lora', rank: 4, target_modules: ['q_proj', 'v_proj'], dropout: 0.1 }],
    data: { train: patternFile(folder), validation: 0.2, ...changes.data },
    training: {
      num_epochs: 2,
      batch_size: 2,
      gradient_accumulation_steps: 2,
      optimizer: { learning_rate: 0.01, weight_decay: 0.01 },
      scheduler: { name: 'cosine', warmup_ratio: 0.1 },
      save_steps: 2,
      threads: 1,
      ...changes.training,
    },
    output: folder,
  };
  writeFileSync(path.join(run, 'recipe.peft'), stringify(recipe));
  return run;
}

/** 30 rows of 5 to 13 tokens that count upwards from a random start: easy to learn. */
export function patternFile(folder: string): string {
  const file = path.join(folder, 'pattern.jsonl');
  const random = Random.seeded(1);
  const rows = Array.from({ length: 30 }, () => {
    const from = random.below(40);
    return { input_ids: Array.from({ length: 5 + random.below(9) }, (_, i) => 10 + from + i) };
  });
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

/** 24 rows of one of two tokens each, the class being which. */
export function classFile(folder: string): string {
  const file = path.join(folder, 'classes.jsonl');
  const random = Random.seeded(2);
  const rows = Array.from({ length: 24 }, (_, i) => ({
    input_ids: [0, ...Array.from({ length: 4 + random.below(5) }, () => (i % 2 === 0 ? 20 : 30) + random.below(3)), 2],
    labels: i % 2,
  }));
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

export const adapterBytes = (run: string): Buffer =>
  readFileSync(path.join(run, 'adapter', 'adapter_model.safetensors'));
