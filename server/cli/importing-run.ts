/** Makes a run directory of a training that Hugging Face's Trainer did: whole or not at all; what it is made from is only read. */
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFileAtomic, writeFolderAtomic } from '../base/files.ts';
import { folderName, timestamp } from '../daemon/directories.ts';
import { files } from '../daemon/record.ts';
import { eventsOf, findTrainer, recipeOfTrainer, resultOf } from '../exchange/trainer-run.ts';
import { readTrainerState } from '../exchange/trainer-state.ts';
import { inspectFolder } from '../inspect/inspect.ts';
import type { RunRecord } from '../protocol/runs.ts';

export interface ImportOptions {
  /** The folder that gets the run directory. */
  output: string;
  name?: string;
  /** The base model, a folder or hub id, where the adapter does not name it or it is elsewhere here. */
  model?: string;
  home?: string;
}

/** Files of an adapter; others beside it (optimizer, pickles) are no part of it. */
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors', 'rankwise.json', 'README.md'];

/** Gives the run directory. Errors: `no-trainer-state`, `bad-trainer-state`, `file-too-large`, those of a damaged adapter's configuration, `output-unwritable`. */
export async function importTrainer(given: string, { output, name, model, home }: ImportOptions): Promise<RunRecord> {
  const from = path.resolve(given);
  const found = findTrainer(from);
  const log = readTrainerState(found.state);
  const ended = statSync(found.state).mtime;
  const roots = [process.cwd()];
  const [seen] = found.adapter
    ? await inspectFolder(found.adapter, {
        adapter: found.adapter,
        roots,
        ...(model && { model }),
        ...(home && { home }),
      })
    : [];
  const recipe = recipeOfTrainer(found, log, seen?.base.dir ?? model);
  const title = name ?? nameOf(found.state);
  const whole = seen?.file !== undefined;
  const counts = seen?.trainable;
  const result =
    counts && seen.file
      ? resultOf(log, {
          trainableParameters: counts.parameters,
          allParameters: counts.all,
          percent: counts.percent,
          adapterBytes: seen.file.bytes,
        })
      : undefined;
  const trainable = counts?.parameters ?? seen?.file?.parameters;
  const recordOf = (run: string): RunRecord => ({
    format: 1,
    id: path.basename(run),
    run,
    name: title,
    recipe: files(run).recipe,
    state: 'finished',
    method: recipe.method,
    model: recipe.model,
    step: log.step,
    totalSteps: log.totalSteps,
    createdAt: new Date(ended.getTime() - 1000 * (log.seconds ?? 0)).toISOString(),
    endedAt: ended.toISOString(),
    resumes: 0,
    imported: { from, tool: 'transformers' },
    ...(typeof log.steps.at(-1)?.loss === 'number' && { lastLoss: log.steps.at(-1)!.loss! }),
    ...(whole && { adapters: [{ name: 'adapter', path: path.join(run, 'adapter') }] }),
    ...(result && { result }),
  });
  return makeDirectory(output, `${timestamp(ended)}-${folderName(title)}`, (folder, run) => {
    const record = recordOf(run);
    const events = eventsOf(log, {
      from,
      run,
      ended,
      adapters: record.adapters ?? [],
      ...(trainable !== undefined && { trainableParameters: trainable }),
      ...(counts && { allParameters: counts.all }),
      ...(result && { result }),
    });
    writeFileSync(files(folder).recipe, recipe.text);
    writeFileSync(files(folder).metrics, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    if (whole) copyAdapter(found.adapter!, path.join(folder, 'adapter'));
    writeFileAtomic(files(folder).record, `${JSON.stringify(record, null, 2)}\n`);
    return record;
  });
}

function copyAdapter(from: string, to: string): void {
  makeFolder(to);
  for (const name of adapterFiles)
    if (existsSync(path.join(from, name))) copyFileSync(path.join(from, name), path.join(to, name));
}

/** "trainer" of trainer/checkpoint-12/trainer_state.json. */
function nameOf(state: string): string {
  const folder = path.dirname(state);
  return path.basename(/^checkpoint-\d+$/.test(path.basename(folder)) ? path.dirname(folder) : folder);
}

/** A name that is taken gets a number. */
async function makeDirectory(
  output: string,
  stem: string,
  fill: (folder: string, run: string) => RunRecord,
): Promise<RunRecord> {
  try {
    makeFolder(output);
    for (let attempt = 1; ; attempt++) {
      const run = path.join(output, attempt === 1 ? stem : `${stem}-${attempt}`);
      if (existsSync(run)) continue;
      let record: RunRecord | undefined;
      await writeFolderAtomic(run, (folder) => {
        record = fill(folder, run);
      });
      return record!;
    }
  } catch (error) {
    if (error instanceof RankwiseError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new RankwiseError(
      'output-unwritable',
      `No run directory can be made in ${output}: ${(error as Error).message}.`,
      {
        file: output,
        cause: error,
        hint: 'Name a folder that you can write to with --output.',
      },
    );
  }
}
