import type { Module } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import { differsInLabels } from '../checkpoint/disagreements.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import type { StoredDtype } from '../checkpoint/safetensors/dtypes.ts';
import { turned } from './conv1d.ts';
import { initialHead } from './head.ts';
import type { TrainableModel } from './types.ts';

/** Gives a parameter of the base model by its module, W as m×n; a tied module's is that of its owner. */
export type ReadParameter = (module: Module, parameter: string) => HostTensor;

/** A parameter in the checkpoint, whose shape is the one that the module table demands: that of the file. */
export interface StoredParameter {
  name: string;
  parameter: string;
  shape: number[];
  dtype: StoredDtype;
}

/** Undefined where the checkpoint lacks it, or has it for another number of labels. Throws `shape-mismatch`. */
export function storedParameter(
  checkpoint: Checkpoint,
  modules: ReadonlyMap<string, Module>,
  module: Module,
  parameter: string,
): StoredParameter | undefined {
  const owner = module.tiedTo === undefined ? module : modules.get(module.tiedTo)!;
  const name = `${owner.name}.${parameter}`;
  const info = checkpoint.info(name);
  const shape = owner.parameters[parameter]!;
  if (info !== undefined && info.shape.join() !== shape.join()) {
    if (differsInLabels(owner, info.shape, shape)) return undefined;
    throw misshapen(name, info, shape);
  }
  return info && { name, parameter, shape, dtype: info.dtype };
}

/**
 * Reads the base model against its module table. A head that the checkpoint lacks is initialised if it will be trained, with a
 * warning; anything else that is missing or misshapen is an error (`tensor-missing`, `shape-mismatch`, `head-not-trained`).
 */
export function parameterReader(
  checkpoint: Checkpoint,
  modules: ReadonlyMap<string, Module>,
  trained: ReadonlySet<string>,
  seed: number,
  warnings: TrainableModel['warnings'],
): ReadParameter {
  const fresh: string[] = [];
  const told = { code: 'new-parameters', message: '' };
  return (module, parameter) => {
    const stored = storedParameter(checkpoint, modules, module, parameter);
    const name = `${module.tiedTo ?? module.name}.${parameter}`;
    const learned = module.role === 'task-head' || module.role === 'pooler';
    if (stored || !learned) return turned(module, parameter, checkpoint.read(name));
    if (!trained.has(module.name)) throw notTrained(checkpoint.dir, name);
    const held = checkpoint.info(name);
    // One warning for all that the checkpoint lacks.
    if (!held && fresh.push(name) === 1) warnings.push(told);
    told.message = `The checkpoint has no ${fresh.join(', ')}: training starts from random values there.`;
    if (held) {
      const message = `${name} of the checkpoint is for ${held.shape[0]} labels: it starts from random values and is learned from the data.`;
      warnings.push({ code: 'new-parameters', message });
    }
    return initialHead(checkpoint.config, module, parameter, Random.seeded(seed, `head ${name}`));
  };
}

const notTrained = (dir: string, name: string) =>
  new RankwiseError('head-not-trained', `The checkpoint has no ${name}, and nothing would train it.`, {
    file: dir,
    field: name,
    hint: 'Add its module to `modules_to_save`, or use a checkpoint that has it.',
  });

const misshapen = (name: string, { file, shape }: { file: string; shape: number[] }, expected: number[]) =>
  new RankwiseError('shape-mismatch', `${name} is [${shape}] in the weights; config.json implies [${expected}].`, {
    file,
    field: name,
    hint: 'Check that the weights belong to this config.json, and `model.num_labels`.',
  });
