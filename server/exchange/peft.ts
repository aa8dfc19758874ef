/** adapter_config.json of Hugging Face PEFT as a recipe that trains such an adapter anew. */
import path from 'node:path';
import { baseField } from '../checkpoint/peft.ts';
import { entryOf } from '../checkpoint/saved-adapter.ts';
import { taskOfPeft } from '../checkpoint/saved-task.ts';
import { methodOf } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import type { AdapterEntry } from '../recipe/types.ts';
import type { Draft } from './draft.ts';

type Config = Record<string, unknown>;

/** Fields that every method has, and those that say nothing of how an adapter is trained. */
const common = new Set([
  ...['peft_type', 'task_type', 'base_model_name_or_path', 'target_modules', 'exclude_modules', 'layers_to_transform'],
  ...[
    'modules_to_save',
    'r',
    'lora_alpha',
    'rank_pattern',
    'alpha_pattern',
    'use_dora',
    'auto_mapping',
    'inference_mode',
  ],
  ...[
    'peft_version',
    'megatron_core',
    'fan_in_fan_out',
    'init_weights',
    'init_ia3_weights',
    'layers_pattern',
    'factors',
  ],
  // Only for files of before; null and the like are left out in any case.
  ...['total_step', 'boft_block_num', 'block_share', 'init_lora_weights'],
  baseField,
]);

/** `file` is where the configuration is from. Errors: those of `entryOf`. */
export function draftOfPeft(config: Config, file: string): Draft {
  const dir = path.dirname(file);
  const entry = withoutOwnHead(config, entryOf(config, dir));
  // entryOf takes a method of the registry, or throws.
  const method = methodOf(entry.method)!;
  const { base_model_name_or_path: base, task_type } = config;
  const known = typeof base === 'string' && base !== '';
  const task = taskOfPeft(task_type);
  const notes = [...leftOut(config, method, entry)];
  if (!known) notes.push('the base model, which the file does not name');
  if (typeof task_type === 'string' && task === undefined)
    notes.push(`task_type: ${task_type}, a task that recipes do not have`);
  notes.push('the trained weights: an entry with `path`, the folder of the adapter, goes on from them');
  return {
    source: `${path.basename(dir)}/${path.basename(file)}, an adapter of Hugging Face PEFT`,
    model: { path: known ? base : './models/base', ...(task !== undefined && { task }) },
    entry: writtenEntry(entry, method),
    data: {},
    training: {},
    notes,
  };
}

/** PEFT writes both names into every classifier's file; a recipe saves the head by itself. */
function withoutOwnHead({ task_type }: Config, entry: ReturnType<typeof entryOf>): ReturnType<typeof entryOf> {
  const { modules_to_save: saved, ...rest } = entry;
  const own = task_type === 'SEQ_CLS' && saved?.every((name) => name === 'classifier' || name === 'score');
  return own ? rest : entry;
}

/** What a recipe would say: without what is so by default. */
export function writtenEntry(entry: Omit<AdapterEntry, 'name' | 'path'>, method: Method): Record<string, unknown> {
  const own = { ...entry.options, rank: entry.rank, alpha: entry.alpha } as Record<string, unknown>;
  const fields = method.fields.flatMap(({ name, default: usual }) => {
    const value = own[name];
    if (value === undefined || value === usual) return [];
    // Without a default 0 stands for none; alpha follows the rank.
    if (name === 'rank' && value === 0) return [];
    return name === 'alpha' && value === own.rank ? [] : [[name, value]];
  });
  const rank = method.fields.some(({ name, default: usual }) => name === 'rank' && usual === own.rank);
  const { target_modules, exclude_modules, layers_to_transform: layers, modules_to_save } = entry;
  return {
    method: method.id,
    ...(rank && { rank: own.rank }),
    ...Object.fromEntries(fields),
    ...(target_modules !== undefined && { target_modules: compact(target_modules) }),
    ...(exclude_modules.length > 0 && { exclude_modules }),
    ...(layers !== 'all' && { layers_to_transform: layers }),
    ...(Object.keys(entry.rank_pattern).length > 0 && { rank_pattern: entry.rank_pattern }),
    ...(Object.keys(entry.alpha_pattern).length > 0 && { alpha_pattern: entry.alpha_pattern }),
    ...(modules_to_save && modules_to_save.length > 0 && { modules_to_save }),
  };
}

/** PEFT keeps a set, in an order of its own. */
const compact = (targets: string | string[]): string | string[] =>
  Array.isArray(targets) ? [...targets].sort() : targets;

function leftOut(
  config: Config,
  method: Method,
  { rank, alpha, options }: Omit<AdapterEntry, 'name' | 'path'>,
): string[] {
  const settings = { rank: Number(rank ?? 0), alpha: alpha ?? 0, options };
  const read = Object.keys(method.toPeft?.(settings, { rank: {}, alpha: {} }).arguments ?? {});
  const names = new Set(method.fields.map(({ name }) => name));
  const strange = Object.entries(config).filter(
    ([key, value]) => !common.has(key) && !read.includes(key) && !names.has(key) && says(value),
  );
  const lost = Object.entries(options).filter(
    ([key, value]) => !names.has(key) && ['dropout', 'use_rslora'].includes(key) && says(value),
  );
  return [
    ...strange.map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    ...lost.map(([key, value]) => `${key}: ${JSON.stringify(value)}, which ${method.title} does not have here`),
    ...('live' in options ? ['which triplets are left of each matrix: a new training chooses its own'] : []),
  ];
}

/** Switched on, or set to something. */
const says = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== 'none' &&
  value !== '' &&
  value !== 0 &&
  !(typeof value === 'object' && Object.keys(value).length === 0);
