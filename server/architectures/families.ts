/** The registry of model families: tables of modules, and which of them `models/` can run. One line a family. */
import { RankwiseError } from '../base/errors.ts';
import { albert } from './albert.ts';
import { bert } from './bert.ts';
import { deberta } from './deberta.ts';
import { distilbert } from './distilbert.ts';
import { falcon } from './falcon.ts';
import { show } from './fields.ts';
import { gemma, gemma2, gemma3 } from './gemma.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { mixtral } from './mixtral.ts';
import { opt } from './opt.ts';
import { phi3 } from './phi3.ts';
import { qwen2, qwen3 } from './qwen.ts';
import { roberta } from './roberta.ts';
import { t5 } from './t5.ts';
import { classOf } from './tasks.ts';
import type { Family, ModelConfig, ModuleTable } from './types.ts';
import { vit } from './vit.ts';

export const families: readonly Family[] = [
  llama,
  mistral,
  mixtral,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  gemma3,
  phi3,
  gpt2,
  gptNeox,
  opt,
  falcon,
  bert,
  roberta,
  deberta,
  distilbert,
  albert,
  vit,
  t5,
];

/**
 * The family that serves a config.json, by `model_type`; very old files have only `architectures`, whose class name begins
 * with the type. Undefined where no family does.
 */
export function knownFamily(config: ModelConfig): Family | undefined {
  const type = typeOf(config);
  return families.find((f) => f.modelTypes.some((t) => t === type));
}

/** The same; throws `unsupported-architecture`. */
export function familyOf(config: ModelConfig): Family {
  const family = knownFamily(config);
  if (family) return family;
  throw new RankwiseError('unsupported-architecture', `Model type ${show(typeOf(config) ?? null)} is not known`, {
    field: 'model_type',
    hint: `With its weights beside it any model can be counted. Known model types: ${families.flatMap((f) => f.modelTypes).join(', ')}.`,
  });
}

const typeOf = (config: ModelConfig): unknown =>
  config.model_type ??
  classOf(config)
    ?.replace(/(For|Model).*$/, '')
    .toLowerCase();

/**
 * Every parameter-bearing module of the model as transformers builds it for `task`, from config.json alone.
 * `numLabels` overrides the config's. Throws `unsupported-architecture`, `unsupported-task`, or `bad-config` with the field.
 */
export function moduleTable(config: ModelConfig, task: string, numLabels?: number): ModuleTable {
  return familyOf(config).table(config, task, numLabels);
}

/** Names under which a checkpoint may hold a parameter: those of the family; of a model that is not known, the name itself. */
export function diskNamesOf(config: ModelConfig): Family['diskNames'] {
  const family = knownFamily(config);
  return family ? (name) => family.diskNames(name) : (name) => [name];
}

/** Whether there is a forward graph for the table's family and the task; without one a model is counted and not run. */
export const canRun = (table: Pick<ModuleTable, 'family'>, task: string): boolean =>
  families.some(({ id, runs }) => id === table.family && runs.includes(task));

/** Titles of the families that can be run for some task. */
export const runnable = (): string[] => families.filter(({ runs }) => runs.length > 0).map(({ title }) => title);
