import { knownFamily, moduleTable } from '../architectures/families.ts';
import { tableFromTensors } from '../architectures/from-tensors.ts';
import type { ModuleTable, TensorShapes } from '../architectures/types.ts';
import { type Checkpoint, isWeightDtype } from './model-folder.ts';

/** The modules of a model folder: from config.json where the model type is known, else from the headers. Throws what `moduleTable` throws. */
export function tableOf(checkpoint: Checkpoint, task: string, numLabels?: number): ModuleTable {
  const { config } = checkpoint;
  return knownFamily(config) ? moduleTable(config, task, numLabels) : tableFromTensors(shapesOf(checkpoint), config);
}

/** Shapes of everything that is stored as floats, by the names of the files. */
export function shapesOf({ tensors }: Pick<Checkpoint, 'tensors'>): TensorShapes {
  return new Map([...tensors].flatMap(([name, { dtype, shape }]) => (isWeightDtype(dtype) ? [[name, shape]] : [])));
}
