import { knownFamily, moduleTable } from '../architectures/families.ts';
import { tableFromTensors } from '../architectures/from-tensors.ts';
import type { Module, ModuleTable, TensorShapes } from '../architectures/types.ts';
import { type Checkpoint, isWeightDtype } from './model-folder.ts';

/** The modules of a model folder: from config.json where the model type is known, else from the headers. Throws what `moduleTable` throws. */
export function tableOf(checkpoint: Checkpoint, task: string, numLabels?: number): ModuleTable {
  const { config } = checkpoint;
  if (!knownFamily(config)) return tableFromTensors(shapesOf(checkpoint), config);
  return withFresh(moduleTable(config, task, numLabels), checkpoint);
}

/** The table with the poolers marked that the checkpoint lacks: many a base checkpoint has none, as that of DeBERTa-v3. */
export function withFresh(table: ModuleTable, checkpoint: Pick<Checkpoint, 'has'>): ModuleTable {
  const lacking = (module: Module) => module.role === 'pooler' && !checkpoint.has(`${module.name}.weight`);
  if (!table.modules.some(lacking)) return table;
  return { ...table, modules: table.modules.map((module) => (lacking(module) ? { ...module, fresh: true } : module)) };
}

/** Shapes of everything that is stored as floats, by the names of the files. */
export function shapesOf({ tensors }: Pick<Checkpoint, 'tensors'>): TensorShapes {
  return new Map([...tensors].flatMap(([name, { dtype, shape }]) => (isWeightDtype(dtype) ? [[name, shape]] : [])));
}
