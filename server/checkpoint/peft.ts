/**
 * Adapter folders in the format of Hugging Face PEFT 0.21: adapter_config.json and adapter_model.safetensors, and rankwise.json where the
 * adapter is more here than PEFT reads of it. Keys are
 * `base_model.model.<module>.<parameter>`, without the adapter's name; the parameters of `modules_to_save` have the same form.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFileAtomic, writeFolderAtomic } from '../base/files.ts';
import type { HostTensor, NamedTensors } from '../base/tensor.ts';
import type { Severity } from '../protocol/diagnostics.ts';
import { readJsonObject } from './json.ts';
import { unknownFields, unsupportedFields } from './peft-fields.ts';
import { pickleHint } from './pickle.ts';
import { openSafetensors } from './safetensors/read.ts';
import { writeSafetensors } from './safetensors/write.ts';

export const peftPrefix = 'base_model.model.';
/** Of what all modules of an adapter share. */
export const sharedPrefix = 'base_model.';
export const configName = 'adapter_config.json';
/** What Rankwise knows of an adapter beyond what PEFT reads of it: fields that take the place of those of adapter_config.json. */
const ownName = 'rankwise.json';
export const weightsName = 'adapter_model.safetensors';
/** Of rankwise.json: which weights the adapter was trained on (base-weights.ts). No setting of the method. */
export const baseField = 'base_weights';

export interface Adapter {
  /** adapter_config.json, unknown fields included. */
  config: Record<string, unknown>;
  /** By PEFT's key, prefix included. */
  tensors: NamedTensors;
}

/** To be written: with `own`, the adapter says more here than PEFT reads of it; with a `peft_type` in it, it is something else here. */
export interface NewAdapter extends Adapter {
  own?: Record<string, unknown>;
}

/**
 * Writes a new folder, whole or not at all, in float32. Fields are sorted as PEFT sorts them. Throws `output-exists` when the
 * folder is there already.
 */
export async function writeAdapter(dir: string, adapter: NewAdapter): Promise<void> {
  if (statSync(dir, { throwIfNoEntry: false }))
    throw new RankwiseError('output-exists', `${dir} exists already`, { file: dir, hint: 'Choose another folder.' });
  makeFolder(path.dirname(dir));
  const sources = [...adapter.tensors].map(([name, { shape, data }]) => ({ name, shape, data: () => data }));
  await writeFolderAtomic(dir, (folder) => {
    const write = (name: string, fields: Record<string, unknown>) =>
      writeFileAtomic(path.join(folder, name), `${JSON.stringify(sorted(fields), null, 2)}\n`);
    write(configName, adapter.config);
    if (adapter.own) write(ownName, adapter.own);
    writeSafetensors(path.join(folder, weightsName), sources);
  });
}

/**
 * `unknown`: the fields that PEFT 0.21 does not have. `problems`: `unknown-adapter-field` (kept; information) and `unsupported-adapter-field` (error: the adapter needs it).
 * Throws `adapter-not-found`, `bad-adapter-config`, `pickle-refused`, or `bad-safetensors`.
 */
export async function readAdapter(dir: string): Promise<
  Adapter & {
    unknown: Record<string, unknown>;
    problems: { code: string; message: string; severity: Severity }[];
  }
> {
  const config = readPeftConfig(dir);
  const file = path.join(dir, weightsName);
  if (!isFile(file)) throw withoutWeights(dir);
  const source = openSafetensors(file);
  const tensors: NamedTensors = new Map();
  try {
    for (const stored of source.tensors.keys()) {
      // With `bias: all` PEFT keeps those of the head that it replaced, too.
      if (stored.includes('.original_module.')) continue;
      const key = canonicalKey(stored);
      const tensor = source.read(stored);
      const other = tensors.get(key);
      if (other && !same(other, tensor))
        throw new RankwiseError('bad-adapter', `${file}: two tensors are both ${key}`, { file, field: stored });
      tensors.set(key, tensor);
    }
  } finally {
    source.close();
  }
  const problems = [
    ...unsupportedFields(config).map((field) => ({
      code: 'unsupported-adapter-field',
      severity: 'error' as const,
      message: `${path.join(dir, configName)}: ${field} is in use, which is not supported`,
    })),
    ...unknownFields(config).map((field) => ({
      code: 'unknown-adapter-field',
      severity: 'information' as const,
      message: `${path.join(dir, configName)}: ${field} is not a field of PEFT 0.21; it has no effect here and is written back`,
    })),
  ];
  const unknown = Object.fromEntries(unknownFields(config).map((field) => [field, config[field]]));
  return { config: { ...config, ...readOwn(dir) }, tensors, unknown, problems };
}

/** Shapes of the adapter's tensors by PEFT's key, without reading them. Throws `adapter-not-found`, `pickle-refused`, `bad-safetensors`. */
export function adapterHeader(dir: string): Map<string, { shape: number[] }> {
  const file = path.join(dir, weightsName);
  if (!isFile(file)) throw withoutWeights(dir);
  return headerOf(file);
}

/** The same of a weight file. Throws `file-not-readable` where there is none, `bad-safetensors`. */
export function headerOf(file: string): Map<string, { shape: number[] }> {
  const source = openSafetensors(file);
  source.close();
  return new Map([...source.tensors].map(([key, { shape }]) => [canonicalKey(key), { shape: [...shape] }]));
}

/** The configuration alone, for editors: fast, and needs no weights. */
export const readAdapterConfig = (dir: string): Record<string, unknown> => ({
  ...readPeftConfig(dir),
  ...readOwn(dir),
});

function readOwn(dir: string): Record<string, unknown> {
  const file = path.join(dir, ownName);
  if (!isFile(file)) return {};
  const own = readJsonObject(file, 'bad-adapter-config');
  if (typeof own.peft_type === 'string' || Object.keys(own).join() === baseField) return own;
  throw new RankwiseError('bad-adapter-config', `${file} has no peft_type`, {
    file,
    field: 'peft_type',
    hint: 'Without this file the adapter is the plain one that adapter_config.json describes.',
  });
}

function readPeftConfig(dir: string): Record<string, unknown> {
  const file = path.join(dir, configName);
  if (!isFile(file))
    throw new RankwiseError('adapter-not-found', `${dir} has no ${configName}`, {
      file: dir,
      hint: 'Give the folder of an adapter as PEFT or a run saved it.',
    });
  const config = readJsonObject(file, 'bad-adapter-config');
  if (typeof config.peft_type !== 'string')
    throw new RankwiseError('bad-adapter-config', `${file} has no peft_type`, { file, field: 'peft_type' });
  return config;
}

/** The adapters in a folder: itself, or its subfolders (a run with several), by name. Throws `adapter-not-found`. */
export function listAdapters(dir: string): { name: string; dir: string }[] {
  if (isFile(path.join(dir, configName))) return [{ name: path.basename(dir), dir }];
  const names = existsSync(dir) && statSync(dir).isDirectory() ? readdirSync(dir).sort() : [];
  const found = names.filter((name) => isFile(path.join(dir, name, configName)));
  if (found.length > 0) return found.map((name) => ({ name, dir: path.join(dir, name) }));
  throw new RankwiseError('adapter-not-found', `${dir} holds no adapter`, {
    file: dir,
    hint: `Name a run, or a folder with ${configName} and ${weightsName} as PEFT or a run saved it.`,
  });
}

const same = (a: HostTensor, b: HostTensor): boolean =>
  `${a.shape}` === `${b.shape}` && a.data.every((value, i) => Object.is(value, b.data[i]));

/** Some tools leave the adapter's name in: lora_A.default.weight, classifier.modules_to_save.default.weight. */
export const canonicalKey = (key: string): string =>
  key.replace('.modules_to_save.default.', '.').replace('.default.', '.');

function withoutWeights(dir: string): RankwiseError {
  const pickle = path.join(dir, 'adapter_model.bin');
  if (isFile(pickle))
    return new RankwiseError('pickle-refused', `${pickle} is a pickle file`, { file: pickle, hint: pickleHint });
  return new RankwiseError('adapter-not-found', `${dir} has no ${weightsName}`, {
    file: dir,
    hint: 'Copy the whole adapter folder.',
  });
}

const sorted = (config: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Also false for a path that leads through a file, which statSync throws at. */
const isFile = (file: string): boolean => existsSync(file) && statSync(file).isFile();
