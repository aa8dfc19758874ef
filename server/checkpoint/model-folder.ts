/** A model folder in Hugging Face layout: its config, and its weights by the names of current transformers. */
import path from 'node:path';
import { diskNamesOf } from '../architectures/families.ts';
import type { ModelConfig } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { FileRange } from '../base/file-range.ts';
import type { HostTensor, TensorReader } from '../base/tensor.ts';
import type { StoredWeight } from './base-weights.ts';
import { readJsonObject } from './json.ts';
import { quantizedFault } from './quantized.ts';
import type { StoredDtype } from './safetensors/dtypes.ts';
import type { TensorInfo } from './safetensors/header.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors/read.ts';
import { weightFiles } from './weight-files.ts';

export { resolveModel } from './resolve.ts';

export interface Checkpoint {
  dir: string;
  config: ModelConfig;
  /** Names as stored. */
  names: string[];
  /** What the headers say of each stored tensor. */
  tensors: ReadonlyMap<string, Readonly<Pick<TensorInfo, 'dtype' | 'shape'>>>;
  /** Whether a parameter of current transformers is stored, under whichever name. */
  has(name: string): boolean;
  info(name: string): { file: string; storedName: string; dtype: StoredDtype; shape: number[] } | undefined;
  /** As float32. Throws `quantized-checkpoint`, `tensor-missing`, or `unsupported-dtype` where the weight is not stored as floats. */
  read(name: string): HostTensor;
  /** The same piece by piece, while the checkpoint is open. */
  reader(name: string): TensorReader;
  /** The bytes of a stored weight. Throws `tensor-missing`. */
  range(name: string): FileRange;
  /** Everything that is stored, by its name there. */
  weights(): StoredWeight[];
  close(): void;
}

/** config.json of a model folder; throws `config-missing`, `bad-config`. */
export function readConfig(dir: string): ModelConfig {
  const file = path.join(dir, 'config.json');
  try {
    return readJsonObject(file, 'bad-config');
  } catch (error) {
    if (!(error instanceof RankwiseError && error.code === 'file-not-readable')) throw error;
    throw new RankwiseError('config-missing', `${dir} has no readable config.json`, {
      file,
      hint: 'A model folder has config.json and *.safetensors in Hugging Face layout.',
      cause: error,
    });
  }
}

/** Integers are codes of a quantized model, which mean nothing without their scales. */
export const isWeightDtype = (dtype: StoredDtype): boolean => ['F32', 'BF16', 'F16', 'F64'].includes(dtype);

/**
 * Opens every weight file of the folder and checks the headers; no weight is read yet. `config`: its config.json, where that was read before.
 * Throws what `readConfig`, `weightFiles` and `openSafetensors` throw, and `bad-index` when a file lacks a tensor that the index promises.
 */
export async function openCheckpoint(dir: string, config = readConfig(dir)): Promise<Checkpoint> {
  const diskNames = diskNamesOf(config);
  const { files, index } = weightFiles(dir);
  const opened: SafetensorsFile[] = [];
  const stored = new Map<string, { source: SafetensorsFile; info: TensorInfo }>();
  const close = () => {
    for (const file of opened) file.close();
  };
  try {
    for (const file of files) {
      const source = openSafetensors(file);
      opened.push(source);
      for (const [name, info] of source.tensors)
        if (index === undefined || index.fileOf.get(name) === file) stored.set(name, { source, info });
    }
    for (const [name, file] of index?.fileOf ?? [])
      if (!stored.has(name))
        throw new RankwiseError('bad-index', `${file} lacks tensor ${name}, which the index says it has`, {
          file,
          field: name,
          hint: 'Index and weight files are from different versions: download the folder again.',
        });
  } catch (error) {
    close();
    throw error;
  }

  const find = (name: string) => {
    const storedName = diskNames(name).find((candidate) => stored.has(candidate));
    return storedName === undefined ? undefined : { storedName, ...stored.get(storedName)! };
  };
  const weight = (name: string) => {
    const packed = quantizedFault(config, dir);
    if (packed) throw packed;
    const found = find(name);
    if (!found)
      throw new RankwiseError('tensor-missing', `The weights in ${dir} lack ${name}`, {
        file: dir,
        field: name,
        hint: 'Check that the weights belong to this config.json; download the folder again.',
      });
    if (!isWeightDtype(found.info.dtype)) throw notFloat(found.source.file, found.storedName, found.info.dtype);
    return found;
  };
  return {
    dir,
    config,
    names: [...stored.keys()],
    tensors: new Map([...stored].map(([name, { info }]) => [name, info])),
    has: (name) => find(name) !== undefined,
    info(name) {
      const found = find(name);
      if (!found) return undefined;
      const { storedName, source, info } = found;
      return { file: source.file, storedName, dtype: info.dtype, shape: [...info.shape] };
    },
    read(name) {
      const { storedName, source } = weight(name);
      return source.read(storedName);
    },
    reader(name) {
      const { storedName, source, info } = weight(name);
      return { shape: info.shape, read: (start, into) => source.readInto(storedName, start, into) };
    },
    range(name) {
      const { storedName, source } = weight(name);
      return source.range(storedName);
    },
    weights: () =>
      [...stored].map(
        ([
          name,
          {
            source,
            info: { dtype, shape },
          },
        ]) => ({ name, dtype, shape, range: source.range(name) }),
      ),
    close,
  };
}

function notFloat(file: string, name: string, dtype: string): RankwiseError {
  return new RankwiseError('unsupported-dtype', `${file}: weight ${name} is stored as ${dtype}`, {
    file,
    field: name,
    hint: 'Use the model as published in float32, bfloat16 or float16; quantize with model.dtype in the recipe.',
  });
}
