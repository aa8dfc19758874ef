/** A table of modules, made from config.json, against the headers of the weight files: the first differences. */
import path from 'node:path';
import type { Family, Module, ModuleTable } from '../architectures/types.ts';
import type { RankwiseError } from '../base/errors.ts';
import type { Severity } from '../protocol/diagnostics.ts';
import { type Checkpoint, isWeightDtype } from './model-folder.ts';

/**
 * `shape-mismatch`, `head-replaced` (warning: its labels are not those that the recipe asks for), `tensor-missing`, `unsupported-dtype`, `config-disagrees` (tensors that config.json does not imply), `new-parameters`
 * (information: a head that training starts afresh).
 */
export interface Disagreement {
  code: string;
  message: string;
  severity: Severity;
}

/** A fault as one; without weights everything but running works. */
export const disagreementOf = ({
  code,
  message,
  hint,
}: Pick<RankwiseError, 'code' | 'message'> & { hint?: string | undefined }): Disagreement => ({
  code,
  severity: code === 'weights-missing' ? 'warning' : 'error',
  message: [message, hint].filter(Boolean).join('. '),
});

const maxProblems = 20;
/** Tensors named in one message. */
const named = 3;

/** At most 20, and how many more there are. `asked`: the recipe says itself how many labels the head has. */
export function disagreements(
  table: ModuleTable,
  family: Family,
  checkpoint: Checkpoint,
  { asked = false } = {},
): Disagreement[] {
  const problems: Disagreement[] = [];
  const fresh: string[] = [];
  const replaced = new Map<Module, [stored: number, wanted: number]>();
  const taken = new Set<string>();
  for (const module of table.modules)
    for (const [parameter, shape] of Object.entries(module.parameters)) {
      const name = `${module.name}.${parameter}`;
      const info = checkpoint.info(name);
      if (info) taken.add(info.storedName);
      // A copy of a tied weight may be stored or not.
      if (module.tiedTo !== undefined) continue;
      if (!info && startsAfresh(module)) fresh.push(name);
      else if (!info) problems.push(...missingParts(name, shape, family, checkpoint, taken));
      else if (info.shape.join() !== shape.join()) {
        if (asked && differsInLabels(module, info.shape, shape)) replaced.set(module, [info.shape[0]!, shape[0]!]);
        else problems.push(mismatch(name, shape, info, module));
      } else if (!isWeightDtype(info.dtype)) problems.push(notFloat(name, info.dtype));
    }
  if (fresh.length > 0)
    problems.push({
      code: 'new-parameters',
      severity: 'information',
      message: `The checkpoint has no ${fresh.join(', ')}: training starts them at random values`,
    });
  for (const [{ name }, [stored, wanted]] of replaced)
    problems.push({
      code: 'head-replaced',
      severity: 'warning',
      message: `${name} of the checkpoint is for ${stored} labels; for ${wanted} a new one is trained`,
    });
  const extra = unexpected(checkpoint, taken);
  if (extra.length > 0) problems.unshift(extraTensors(extra));
  const more = problems.length - maxProblems;
  if (more <= 0) return problems;
  const rest: Disagreement = { code: 'more-problems', severity: 'error', message: `and ${more} more disagreements` };
  return [...problems.slice(0, maxProblems), rest];
}

/** A head that is for another number of labels, and the same otherwise. */
export const differsInLabels = ({ role }: Module, stored: readonly number[], wanted: readonly number[]): boolean =>
  role === 'task-head' && stored.length === wanted.length && stored.slice(1).join() === wanted.slice(1).join();

/** As in transformers: a base checkpoint lacks the head of the task, and maybe the pooler before it. */
const startsAfresh = (module: Module): boolean => module.role === 'task-head' || module.role === 'pooler';

/** A stacked parameter may be stored piece by piece. */
function missingParts(
  name: string,
  shape: number[],
  family: Family,
  checkpoint: Checkpoint,
  taken: Set<string>,
): Disagreement[] {
  const parts = family.split?.(name, shape);
  if (!parts?.some((part) => checkpoint.has(part.name))) return [missing(name)];
  return parts.flatMap((part) => {
    const info = checkpoint.info(part.name);
    if (!info) return [missing(part.name)];
    taken.add(info.storedName);
    return info.shape.join() === part.shape.join() ? [] : [mismatch(part.name, part.shape, info)];
  });
}

/** Buffers, which hold nothing that was learned. */
const buffer = /\.(inv_freq|masked_bias|(attn|attention)\.bias|position_ids)$/;

/** Tensors beside those of the table in the same stack of layers. What is outside of it are heads of other tasks, which none misses. */
function unexpected(checkpoint: Checkpoint, taken: ReadonlySet<string>): string[] {
  const stacks = new Set([...taken].map(stackOf));
  stacks.delete(undefined);
  return checkpoint.names.filter((name) => !taken.has(name) && stacks.has(stackOf(name)) && !buffer.test(name));
}

/** "model.layers" of "model.layers.0.mlp.up_proj.weight". */
const stackOf = (name: string): string | undefined => /^(.*?)\.\d+\./.exec(name)?.[1];

function extraTensors(names: readonly string[]): Disagreement {
  const more = names.length > named ? ` and ${names.length - named} more` : '';
  return {
    code: 'config-disagrees',
    severity: 'warning',
    message: `The weights hold ${names.slice(0, named).join(', ')}${more}, which config.json does not imply: they are left out. Check that the weights belong to this config.json`,
  };
}

const missing = (name: string): Disagreement => ({
  code: 'tensor-missing',
  severity: 'error',
  message: `The weights lack ${name}, which config.json implies. Check that the weights belong to this config.json`,
});

const notFloat = (name: string, dtype: string): Disagreement => ({
  code: 'unsupported-dtype',
  severity: 'error',
  message: `${name} is stored as ${dtype}. Use the model as published in float32, bfloat16 or float16`,
});

function mismatch(
  name: string,
  expected: number[],
  stored: { file: string; shape: number[] },
  module?: Module,
): Disagreement {
  const onlyLabels = module !== undefined && differsInLabels(module, stored.shape, expected);
  const advice = onlyLabels
    ? `Set model.num_labels to the labels of the checkpoint (${stored.shape[0]}), or use a base checkpoint without a head`
    : 'Check that the weights belong to this config.json';
  return {
    code: 'shape-mismatch',
    severity: 'error',
    message: `${name} is [${stored.shape}] in ${path.basename(stored.file)}, config.json implies [${expected}]. ${advice}`,
  };
}
