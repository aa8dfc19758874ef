/** The data of a run: encoded, or taken from what was kept, split and packed as its recipe says. */
import { RankwiseError } from '../base/errors.ts';
import { PackedExamples } from '../data/packing.ts';
import type { EncodingProgress } from '../data/progress.ts';
import { splitOff } from '../data/split.ts';
import { labelKind } from '../data/tasks.ts';
import type { Dataset, Examples } from '../data/types.ts';
import type { DataWarning, EncodedEvent } from '../protocol/events.ts';
import type { Recipe } from '../recipe/types.ts';
import type { Untimed } from '../training/loop.ts';
import type { TrainableModel } from '../training/types.ts';
import { encodeForRun, keepLabels, longestRow } from './run-directory.ts';

export interface RunData {
  train: Examples;
  validation: Examples | undefined;
  warnings: DataWarning[];
  /** What became of each part. */
  encoded: Untimed<EncodedEvent>[];
  close(): void;
}

export type Part = EncodedEvent['part'];

export interface Listening {
  signal: AbortSignal;
  /** At most once a second. */
  encoding(part: Part, progress: EncodingProgress): void;
}

/** Throws `no-data`, `data-empty`, `aborted`, and what `encodeFiles` throws. */
export async function loadRunData(
  run: string,
  recipe: Recipe,
  model: TrainableModel,
  { signal, encoding }: Listening,
): Promise<RunData> {
  const { data, training } = recipe;
  if (!data)
    throw new RankwiseError('no-data', 'The recipe names no data to train on.', {
      field: 'data',
      hint: 'Add data: {train: data/train.jsonl}',
    });
  const open: Dataset[] = [];
  const encoded: RunData['encoded'] = [];
  const encode = async (part: Part, files: string | readonly string[], labelNames?: string[]): Promise<Dataset> => {
    const began = performance.now();
    const progress = (at: EncodingProgress) => encoding(part, at);
    const dataset = await encodeForRun(run, recipe, model, files, { labelNames, signal, progress });
    open.push(dataset);
    const { rows, tokens, cached, examples } = dataset;
    const seconds = (performance.now() - began) / 1000;
    encoded.push({ event: 'encoded', part, rows, examples: examples.length, tokens, cached, seconds });
    return dataset;
  };
  const close = () => {
    for (const dataset of open) dataset.close();
  };
  try {
    const all = await encode('training', data.train);
    if (all.labelNames) keepLabels(run, all.labelNames);
    const { warnings } = all;
    let train = all.examples;
    let validation: Examples | undefined;
    if (typeof data.validation === 'number') {
      if (train.length < 2) throw tooFew();
      ({ train, validation } = splitOff(train, data.validation, training.seed));
      encoded[0]!.heldBack = validation.length;
    } else if (data.validation !== undefined) {
      const held = await encode('validation', data.validation, all.labelNames);
      validation = held.examples;
      warnings.push(...held.warnings.map(({ code, message }) => ({ code, message: `Validation data: ${message}` })));
    }
    if (data.packing) {
      if (labelKind(model.task) !== 'next-token') throw notPackable(model.task);
      train = new PackedExamples(train, longestRow(recipe, model));
      encoded[0]!.packedRows = train.length;
    }
    return { train, validation, warnings, encoded, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The rule of this code says so earlier, and more. */
const notPackable = (task: string) =>
  new RankwiseError('packing-unsupported', `Examples of ${task} cannot share a row.`, {
    field: 'data.packing',
    hint: 'Remove `packing`.',
  });

const tooFew = () =>
  new RankwiseError('data-empty', 'One row cannot be split into training and validation data.', {
    field: 'data.validation',
    hint: 'Add rows, or leave out data.validation.',
  });
