/** What a recipe needs to know of a model, from config.json and the headers of the weight files alone. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../architectures/families.ts';
import type { ModelConfig, Module, ModuleTable } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { Severity } from '../protocol/diagnostics.ts';
import { type Checkpoint, isWeightDtype, openCheckpoint, readConfig, resolveModel } from './model-folder.ts';
import type { StoredDtype } from './safetensors/dtypes.ts';

export interface ModelFacts {
  /** Absolute. */
  dir: string;
  config: ModelConfig;
  table: ModuleTable;
  /** Weights are there and their headers could be read. */
  hasWeights: boolean;
  /** How each parameter of the table is stored, by its name in the table; absent without weights. */
  dtypeOf?: ReadonlyMap<string, StoredDtype>;
  /** Absolute path of tokenizer.json, where there is one. */
  tokenizerFile?: string;
  problems: ModelProblem[];
}

/**
 * `weights-missing` (warning: everything but running works), `pickle-refused`, `shape-mismatch`, `tensor-missing`, `unsupported-dtype`,
 * `new-parameters` (information: a head that training starts afresh), and the codes of `openCheckpoint`.
 */
export interface ModelProblem {
  code: string;
  message: string;
  severity: Severity;
}

const maxProblems = 20;

/**
 * Throws when no table can be made: `model-not-found`, `pickle-refused` for a file, `config-missing`, `bad-config`,
 * `unsupported-architecture`, `unsupported-task`. Faults of the weights are entries of `problems`.
 */
export async function loadModelFacts(
  spec: string,
  options: { cwd: string; task: string; numLabels?: number; env?: Record<string, string | undefined> },
): Promise<ModelFacts> {
  const dir = resolveModel(spec, options);
  const config = readConfig(dir);
  const table = inFile(path.join(dir, 'config.json'), () => moduleTable(config, options.task, options.numLabels));
  const tokenizer = path.join(dir, 'tokenizer.json');
  const facts: ModelFacts = { dir, config, table, hasWeights: false, problems: [] };
  if (statSync(tokenizer, { throwIfNoEntry: false })?.isFile()) facts.tokenizerFile = tokenizer;
  try {
    const checkpoint = await openCheckpoint(dir);
    facts.hasWeights = true;
    facts.problems = compare(table, checkpoint);
    facts.dtypeOf = storedDtypes(table, checkpoint);
    checkpoint.close();
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    const severity = error.code === 'weights-missing' ? 'warning' : 'error';
    facts.problems.push({
      code: error.code,
      severity,
      message: [error.message, error.hint].filter(Boolean).join('. '),
    });
  }
  return facts;
}

/** Table against headers: the first disagreements, each by the name of its tensor. */
function compare(table: ModuleTable, checkpoint: Checkpoint): ModelProblem[] {
  const problems: ModelProblem[] = [];
  const fresh: string[] = [];
  for (const module of table.modules) {
    if (module.tiedTo !== undefined) continue;
    for (const [parameter, shape] of Object.entries(module.parameters)) {
      const name = `${module.name}.${parameter}`;
      const info = checkpoint.info(name);
      if (!info && startsAfresh(module)) fresh.push(name);
      else if (!info) problems.push(missing(name));
      else if (info.shape.join() !== shape.join()) problems.push(mismatch(name, shape, info, module));
      else if (!isWeightDtype(info.dtype)) problems.push(notFloat(name, info.dtype));
    }
  }
  if (fresh.length > 0)
    problems.push({
      code: 'new-parameters',
      severity: 'information',
      message: `The checkpoint has no ${fresh.join(', ')}: training starts them at random values`,
    });
  const more = problems.length - maxProblems;
  if (more <= 0) return problems;
  const rest: ModelProblem = { code: 'more-problems', severity: 'error', message: `and ${more} more disagreements` };
  return [...problems.slice(0, maxProblems), rest];
}

function storedDtypes({ modules }: ModuleTable, checkpoint: Checkpoint): Map<string, StoredDtype> {
  const names = modules.flatMap(({ name, parameters }) => Object.keys(parameters).map((own) => `${name}.${own}`));
  return new Map(
    names.flatMap((name) => {
      const info = checkpoint.info(name);
      return info ? [[name, info.dtype]] : [];
    }),
  );
}

/** As in transformers: a base checkpoint lacks the head of the task, and maybe the pooler before it. */
const startsAfresh = (module: Module): boolean => module.role === 'task-head' || module.role === 'pooler';

const missing = (name: string): ModelProblem => ({
  code: 'tensor-missing',
  severity: 'error',
  message: `The weights lack ${name}, which config.json implies. Check that the weights belong to this config.json`,
});

const notFloat = (name: string, dtype: string): ModelProblem => ({
  code: 'unsupported-dtype',
  severity: 'error',
  message: `${name} is stored as ${dtype}. Use the model as published in float32, bfloat16 or float16`,
});

function mismatch(
  name: string,
  expected: number[],
  stored: { file: string; shape: number[] },
  module: Module,
): ModelProblem {
  const onlyLabels = module.role === 'task-head' && stored.shape.slice(1).join() === expected.slice(1).join();
  const advice = onlyLabels
    ? `Set model.num_labels to the labels of the checkpoint (${stored.shape[0]}), or use a base checkpoint without a head`
    : 'Check that the weights belong to this config.json';
  return {
    code: 'shape-mismatch',
    severity: 'error',
    message: `${name} is [${stored.shape}] in ${path.basename(stored.file)}, config.json implies [${expected}]. ${advice}`,
  };
}

/** Adds the file to faults found by code that knows no files. */
function inFile<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof RankwiseError) || error.code === 'unsupported-task') throw error;
    throw RankwiseError.from({ ...error.toJSON(), file });
  }
}
