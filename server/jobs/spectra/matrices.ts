/** The weight matrices of a model folder, read one at a time: a model is never in memory as a whole. */
import type { Module, ModuleTable } from '../../architectures/types.ts';
import { RankwiseError } from '../../base/errors.ts';
import { readRange } from '../../base/file-range.ts';
import { transposed } from '../../base/tensor.ts';
import type { Checkpoint } from '../../checkpoint/model-folder.ts';
import { tableOf } from '../../checkpoint/model-table.ts';
import type { StoredMatrix } from '../../factors/types.ts';
import type { SpectrumMatrix } from '../../protocol/spectrum.ts';
import type { Task } from '../../recipe/types.ts';

/** Any that the model can have: the head matters little here, and a bare model's config names none. */
const tasks: Task[] = ['causal-lm', 'sequence-classification', 'image-classification', 'seq2seq', 'regression'];

/** Throws `bad-config`. */
export function anyTable(checkpoint: Checkpoint): ModuleTable {
  for (const task of tasks)
    try {
      return tableOf(checkpoint, task);
    } catch (error) {
      if (!(error instanceof RankwiseError && error.code === 'unsupported-task')) throw error;
    }
  return tableOf(checkpoint, 'causal-lm');
}

/** Linear modules with a weight of their own that is stored, in the model's order; shapes are those of the file. */
export function matricesOf(checkpoint: Checkpoint, table: ModuleTable): { module: Module; matrix: SpectrumMatrix }[] {
  return table.modules.flatMap((module) => {
    const info = isLinear(module) ? checkpoint.info(`${module.name}.weight`) : undefined;
    if (info?.shape.length !== 2 || info.shape.includes(0)) return [];
    const [first, second] = info.shape as [number, number];
    const { name, layer } = module;
    const matrix: SpectrumMatrix = {
      name,
      shape: module.kind === 'conv1d' ? [second, first] : [first, second],
      kind: layer === undefined ? name : name.replace(`.${layer}.`, '.*.'),
      ...(layer !== undefined && { layer }),
    };
    return [{ module, matrix }];
  });
}

const isLinear = ({ kind, tiedTo }: Module): boolean =>
  (kind === 'linear' || kind === 'conv1d') && tiedTo === undefined;

/**
 * The weight m×n of a module, with its stored bytes; these are converted when the values are asked for, which a cached result never does.
 * Throws `unsupported-dtype`, `weights-changed`.
 */
export function readMatrix(checkpoint: Checkpoint, { name, kind }: Module): StoredMatrix {
  const parameter = `${name}.weight`;
  const { dtype, shape } = checkpoint.info(parameter)!;
  const [rows, columns] = shape as [number, number];
  // Conv1D modules store Wᵀ; turned, it is no longer what the file's bytes say.
  if (kind === 'conv1d') return { rows: columns, columns: rows, data: transposed(checkpoint.read(parameter)).data };
  const range = checkpoint.range(parameter);
  const bytes = new Uint8Array(range.length);
  readRange(range, 0, bytes);
  let data: Float32Array | undefined = dtype === 'F32' ? new Float32Array(bytes.buffer) : undefined;
  return {
    rows,
    columns,
    stored: { dtype, bytes },
    get data() {
      const values = data ?? checkpoint.read(parameter).data;
      data = values;
      return values;
    },
  };
}
