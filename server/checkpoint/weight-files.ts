/** Which files hold a model's weights: model.safetensors, else the files that its index names; nothing else in the folder. */

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import { readJsonObject } from './json.ts';
import { pickleHint, pickleSuffixes } from './pickle.ts';

export interface WeightFiles {
  /** Absolute paths. */
  files: string[];
  /** From the index: the file of each tensor. */
  index?: { file: string; fileOf: Map<string, string> };
}

/** Throws `weights-missing`, `pickle-refused`, `bad-index` or `shards-missing`. */
export function weightFiles(dir: string): WeightFiles {
  const single = path.join(dir, 'model.safetensors');
  if (exists(single)) return { files: [single] };
  const index = path.join(dir, 'model.safetensors.index.json');
  if (exists(index)) return shards(dir, index);
  const pickle = readdirSync(dir).find((name) => pickleSuffixes.some((s) => name.endsWith(s)) && holdsWeights(name));
  if (pickle !== undefined)
    throw new RankwiseError('pickle-refused', `${dir} has its weights in ${pickle} only, a pickle file`, {
      file: path.join(dir, pickle),
      hint: pickleHint,
    });
  throw new RankwiseError('weights-missing', `${dir} has neither model.safetensors nor model.safetensors.index.json`, {
    file: dir,
    hint: 'Download the whole model folder; counts and estimates work without weights, training does not.',
  });
}

/** Optimizer states and training arguments lie in such folders too, under other names. */
const holdsWeights = (name: string) => !/^(training_args|optimizer|scheduler|rng_state|scaler)/.test(name);

function shards(dir: string, index: string): WeightFiles {
  const { weight_map: map } = readJsonObject(index, 'bad-index');
  if (!isRecord(map) || Object.keys(map).length === 0)
    throw badIndex(index, 'weight_map', 'must map tensor names to file names');
  const fileOf = new Map<string, string>();
  const names = new Set<string>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
      throw badIndex(index, tensor, 'must name a file in the same folder');
    if (!name.endsWith('.safetensors')) throw badIndex(index, tensor, `names ${name}, not a .safetensors file`);
    names.add(name);
    fileOf.set(tensor, path.join(dir, name));
  }
  const missing = [...names].filter((name) => !exists(path.join(dir, name)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '');
    throw new RankwiseError('shards-missing', `${missing.length} of ${names.size} weight files are missing: ${shown}`, {
      file: index,
      hint: `Download them into ${dir}.`,
    });
  }
  return { files: [...names].map((name) => path.join(dir, name)), index: { file: index, fileOf } };
}

function badIndex(file: string, field: string, problem: string): RankwiseError {
  const shown = field.length > 120 ? `${field.slice(0, 120)}…` : field;
  return new RankwiseError('bad-index', `${file}: ${JSON.stringify(shown)} ${problem}`, {
    file,
    field: shown,
    hint: 'Download the index again, or save the model again.',
  });
}

const exists = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
