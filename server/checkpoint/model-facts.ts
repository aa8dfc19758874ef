/** What a recipe needs to know of a model, from config.json and the headers of the weight files alone. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { familyOf, knownFamily, moduleTable } from '../architectures/families.ts';
import type { ModelConfig, ModuleTable } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { type Disagreement, disagreementOf, disagreements } from './disagreements.ts';
import { type Checkpoint, openCheckpoint, readConfig, resolveModel } from './model-folder.ts';
import { tableOf, withFresh } from './model-table.ts';
import { preprocessorProblems } from './preprocessor.ts';
import { quantizedFault } from './quantized.ts';
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
  /** Absolute path of tokenizer.json, or of the vocabulary of an older checkpoint, where there is one. */
  tokenizerFile?: string;
  /** The folder says how conversations become text. */
  chatTemplate?: true;
  problems: ModelProblem[];
}

/**
 * `weights-missing` (warning: everything but running works), `pickle-refused`, `quantized-checkpoint`, `unknown-architecture` (information: the table is that of
 * the headers), those of disagreements.ts, and the codes of `openCheckpoint`.
 */
export type ModelProblem = Disagreement;

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
  const packed = quantizedFault(config, dir);
  if (!knownFamily(config)) {
    // Its modules would be those of the codes.
    if (packed) throw packed;
    return await unknownModel(dir, config, options);
  }
  const table = inFile(path.join(dir, 'config.json'), () => moduleTable(config, options.task, options.numLabels));
  const facts: ModelFacts = { dir, config, table, hasWeights: false, problems: [], ...tokenizerIn(dir) };
  try {
    const checkpoint = await openCheckpoint(dir, config);
    facts.hasWeights = true;
    facts.table = withFresh(table, checkpoint);
    facts.problems = packed
      ? [disagreementOf(packed)]
      : disagreements(table, familyOf(config), checkpoint, {
          asked: options.numLabels !== undefined || options.task === 'regression',
        });
    facts.dtypeOf = storedDtypes(table, checkpoint);
    checkpoint.close();
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    facts.problems.push(disagreementOf(packed ?? error));
  }
  facts.problems.push(...preprocessorProblems(dir, config, table));
  return facts;
}

/** The headers say what there is; without weights nothing does. */
async function unknownModel(
  dir: string,
  config: ModelConfig,
  { task, numLabels }: { task: string; numLabels?: number },
): Promise<ModelFacts> {
  const checkpoint = await openCheckpoint(dir, config).catch((error: unknown) => {
    if (error instanceof RankwiseError && error.code === 'weights-missing')
      return inFile(path.join(dir, 'config.json'), () => familyOf(config)) as never;
    throw error;
  });
  const table = tableOf(checkpoint, task, numLabels);
  const dtypeOf = storedDtypes(table, checkpoint);
  checkpoint.close();
  const name = typeof config.model_type === 'string' ? `The model type ${config.model_type.slice(0, 60)}` : 'The model';
  const problem: ModelProblem = {
    code: 'unknown-architecture',
    severity: 'information',
    message: `${name} is not known: its modules are those that the headers of its weights name. It can be counted and not trained`,
  };
  return { dir, config, table, hasWeights: true, dtypeOf, problems: [problem], ...tokenizerIn(dir) };
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

/** Files that `data/tokenizer` reads: each list is enough alone, and its first file is what is named. */
const tokenizerFiles = [['tokenizer.json'], ['vocab.txt'], ['vocab.json', 'merges.txt']];

function tokenizerIn(dir: string): Pick<ModelFacts, 'tokenizerFile' | 'chatTemplate'> {
  const isFile = (name: string) => statSync(path.join(dir, name), { throwIfNoEntry: false })?.isFile() === true;
  const found = tokenizerFiles.find((names) => names.every(isFile));
  const config = isFile('tokenizer_config.json') ? readFileSync(path.join(dir, 'tokenizer_config.json'), 'utf8') : '';
  const chats = isFile('chat_template.jinja') || config.includes('"chat_template"');
  return { ...(found && { tokenizerFile: path.join(dir, found[0]!) }), ...(chats && { chatTemplate: true }) };
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
