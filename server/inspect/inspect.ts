/** A saved adapter, looked at from all sides. What is wrong with it is a finding; only what is no adapter at all is thrown. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ErrorData, errorData, RankwiseError } from '../base/errors.ts';
import { recipeFile } from '../base/run-folder.ts';
import { sizeOf } from '../base/tensor.ts';
import { recordedBase } from '../checkpoint/base-weights.ts';
import { baseField, listAdapters, readAdapterConfig } from '../checkpoint/peft.ts';
import { unknownFields } from '../checkpoint/peft-fields.ts';
import { pickleHint } from '../checkpoint/pickle.ts';
import { demandSupported, entryOf } from '../checkpoint/saved-adapter.ts';
import { methodOf } from '../methods/registry.ts';
import type { InspectFinding, Inspection, InspectParams } from '../protocol/inspect.ts';
import { compareWeights, findBase } from './base.ts';
import { fieldFindings } from './fields.ts';
import { judge } from './judge.ts';
import { type Numbers, numbersOf, type SavedEntry } from './numbers.ts';
import { type AdapterTensors, openAdapterTensors } from './tensors.ts';
import type { AdapterFinding } from './weights.ts';

/** Each adapter of a folder. Throws `adapter-not-found`, `bad-adapter-config`, `file-not-readable`. */
export async function inspectFolder(folder: string, params: InspectParams): Promise<Inspection[]> {
  const all: Inspection[] = [];
  for (const { name, dir } of listAdapters(folder)) all.push(await inspectAdapter(dir, name, params));
  return all;
}

async function inspectAdapter(dir: string, name: string, params: InspectParams): Promise<Inspection> {
  const { [baseField]: _, ...config } = readAdapterConfig(dir);
  const file = path.join(dir, 'adapter_config.json');
  const findings: InspectFinding[] = [];
  const configured = (found: readonly AdapterFinding[]) => {
    for (const { code, severity, message, at } of found)
      findings.push({ code, severity, message, file, ...(at[0] && { field: at[0].join('.') }) });
  };
  configured(fieldFindings(config));
  const entry = savedEntry(config, dir, findings);
  const tensors = openTensors(dir, findings);
  try {
    const found = await findBase(config, dir, params);
    const model = found && 'model' in found ? found.model : undefined;
    if (!model) findings.push(baseUnknown(found && 'error' in found ? found.error : undefined, file));
    const recorded = recordedBase(dir);
    const weights = await compareWeights(recorded, model, dir, params);
    findings.push(...weights.findings);
    const baseName = text(config.base_model_name_or_path);
    const judged = entry && model && judge(entry, model.dir, model, tensors?.shapes);
    if (judged) configured(judged.findings);
    const numbers: Numbers = tensors
      ? numbersOf(tensors, entry)
      : { matrices: [], shared: [], whole: [], findings: [] };
    findings.push(...numbers.findings);
    const estimate = judged?.analysis.estimate;
    const revision = text(config.revision);
    const task = text(config.task_type) ?? undefined;
    const { rank, alpha } = sizesOf(entry);
    const made = madeBy(dir);
    return {
      path: dir,
      name: made.run === undefined ? name : nameIn(made.run, dir),
      peftType: String(config.peft_type),
      ...(entry && { method: { id: entry.method, title: methodOf(entry.method)!.title } }),
      base: {
        ...(baseName !== undefined && { name: baseName }),
        ...(revision !== undefined && { revision }),
        ...(model && { dir: model.dir, parameters: model.table.totalParameters }),
        ...(recorded && { sha256: recorded.sha256 }),
        weights: weights.weights,
      },
      ...(task !== undefined && { task }),
      ...named('targets', config.target_modules),
      ...named('excluded', config.exclude_modules),
      ...(Array.isArray(entry?.layers_to_transform) && { layers: entry.layers_to_transform }),
      ...(rank !== undefined && { rank }),
      ...(alpha !== undefined && { alpha }),
      rankPattern: entry?.rank_pattern ?? {},
      alphaPattern: entry?.alpha_pattern ?? {},
      options: plainOptions(entry),
      modulesToSave: entry?.modules_to_save ?? [],
      matrices: numbers.matrices,
      shared: numbers.shared,
      whole: numbers.whole,
      ...(estimate &&
        estimate.trainableParameters > 0 && {
          trainable: {
            parameters: estimate.trainableParameters,
            all: estimate.allParameters,
            percent: estimate.percent,
          },
        }),
      ...(tensors && { file: fileFacts(tensors) }),
      unknown: unknownFields(config),
      ...made,
      findings,
    };
  } finally {
    tensors?.close();
  }
}

function savedEntry(config: Record<string, unknown>, dir: string, findings: InspectFinding[]): SavedEntry | undefined {
  try {
    const entry = entryOf(config, dir);
    demandSupported(config, entry.method, dir);
    return entry;
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    const known = findings.some(({ field }) => field !== undefined && field === error.field);
    if (!known) findings.push(findingOf(errorData(error), path.join(dir, 'adapter_config.json')));
    return undefined;
  }
}

function openTensors(dir: string, findings: InspectFinding[]): AdapterTensors | undefined {
  try {
    return openAdapterTensors(dir);
  } catch (error) {
    const pickle = path.join(dir, 'adapter_model.bin');
    if (error instanceof RankwiseError && error.code === 'file-not-readable' && existsSync(pickle))
      findings.push({
        code: 'pickle-refused',
        severity: 'error',
        message: `${pickle} is a pickle file. ${pickleHint}`,
        file: pickle,
      });
    else findings.push(findingOf(errorData(error), dir));
    return undefined;
  }
}

const findingOf = ({ code, message, hint, file, field }: ErrorData, where: string): InspectFinding => ({
  code,
  severity: 'error',
  message: [message, hint].filter(Boolean).join(' '),
  file: file ?? where,
  ...(field !== undefined && { field }),
});

const baseUnknown = (error: ErrorData | undefined, file: string): InspectFinding => ({
  code: 'base-not-known',
  severity: 'information',
  message: `${error?.message ?? 'adapter_config.json does not name its base model'}; targets, ranks and weights are not checked against the base.`,
  file,
  field: 'base_model_name_or_path',
});

function fileFacts({ file, bytes, all }: AdapterTensors): NonNullable<Inspection['file']> {
  const dtypes: Record<string, number> = {};
  let parameters = 0;
  for (const { dtype, shape } of all) {
    dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
    parameters += sizeOf(shape);
  }
  return { path: path.resolve(file), bytes, tensors: all.length, parameters, dtypes };
}

/** Of a run directory: `adapter/`, `adapter/NAME/`, or a checkpoint's. */
function madeBy(dir: string): Pick<Inspection, 'run' | 'recipe'> {
  let folder = dir;
  for (let up = 0; up < 4; up++) {
    const recipe = recipeFile(folder);
    if (existsSync(recipe)) return { run: folder, recipe };
    folder = path.dirname(folder);
  }
  return {};
}

/** "20260131-pirate", or of several adapters "20260131-pirate/style". */
const nameIn = (run: string, dir: string): string =>
  [path.basename(run), ...path.relative(run, dir).split(path.sep).slice(1)].join('/');

/** Where the method has them. */
function sizesOf(entry: SavedEntry | undefined): { rank?: number; alpha?: number } {
  const has = (field: string) =>
    entry !== undefined && methodOf(entry.method)!.fields.some(({ name }) => name === field);
  const { rank, alpha } = entry ?? {};
  return {
    ...(has('rank') && typeof rank === 'number' && rank > 0 && { rank }),
    ...(has('alpha') && typeof alpha === 'number' && { alpha }),
  };
}

/** What says nothing by itself, or is long, is left out: AdaLoRA's list of triplets. */
const plainOptions = (entry: SavedEntry | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entry?.options ?? {}).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function named<K extends 'targets' | 'excluded'>(key: K, value: unknown): { [P in K]?: string | string[] } {
  const names = Array.isArray(value) ? value.filter((one) => typeof one === 'string').sort() : text(value);
  return (names === undefined || names.length === 0 ? {} : { [key]: names }) as { [P in K]?: string | string[] };
}
