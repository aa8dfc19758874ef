/** The registry of model families; `models/` has one forward graph per id. */
import { RankwiseError } from '../base/errors.ts';
import { bert } from './bert.ts';
import { show } from './fields.ts';
import { llama } from './llama.ts';
import { roberta } from './roberta.ts';
import type { Family, ModelConfig, ModuleTable } from './types.ts';

export const families: readonly Family[] = [llama, roberta, bert];

/**
 * The family that serves a config.json, by `model_type`; very old files have only `architectures`, whose class name begins
 * with the type. Throws `unsupported-architecture`.
 */
export function familyOf(config: ModelConfig): Family {
  const type = config.model_type ?? typeFromClass(config.architectures);
  const family = families.find((f) => f.modelTypes.some((t) => t === type));
  if (family) return family;
  throw new RankwiseError('unsupported-architecture', `Model type ${show(type ?? null)} is not supported`, {
    field: 'model_type',
    hint: `Supported model types: ${families.flatMap((f) => f.modelTypes).join(', ')}.`,
  });
}

function typeFromClass(architectures: unknown): string | undefined {
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof name === 'string' ? name.replace(/(For|Model).*$/, '').toLowerCase() : undefined;
}

/**
 * Every parameter-bearing module of the model as transformers builds it for `task`, from config.json alone.
 * `numLabels` overrides the config's. Throws `unsupported-architecture`, `unsupported-task`, or `bad-config` with the field.
 */
export function moduleTable(config: ModelConfig, task: string, numLabels?: number): ModuleTable {
  return familyOf(config).table(config, task, numLabels);
}
