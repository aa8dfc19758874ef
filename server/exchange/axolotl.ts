/** A configuration of axolotl as a recipe: the keys that people use, and a list of those that were not taken over. */
import path from 'node:path';
import { parse } from 'yaml';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import type { ChatTemplateName } from '../recipe/chat-templates.ts';
import type { Draft } from './draft.ts';

type Config = Record<string, unknown>;

/** Takes a value over; false when it cannot. `config` is the whole, for keys that mean something together. */
type Take = (draft: Draft, value: unknown, config: Config) => boolean;
type Section = 'model' | 'entry' | 'data' | 'training';

const set =
  (section: Section, field: string, fits: (value: unknown) => boolean): Take =>
  (draft, value) => {
    if (!fits(value)) return false;
    draft[section][field] = value;
    return true;
  };
/** Of `training.optimizer` or `training.scheduler`. */
const setIn =
  (part: 'optimizer' | 'scheduler' | 'early_stopping', field: string, fits: (value: unknown) => boolean): Take =>
  (draft, value) => {
    if (!fits(value)) return false;
    draft.training[part] = { ...(draft.training[part] as object | undefined), [field]: value };
    return true;
  };
const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;
const number = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const flag = (value: unknown): boolean => typeof value === 'boolean';
const text = (value: unknown): boolean => typeof value === 'string' && value !== '';
const texts = (value: unknown): boolean => Array.isArray(value) && value.every(text);
const nothing: Take = () => true;

/** Those of which we have the same. */
const chatTemplates: Readonly<Record<string, ChatTemplateName>> = {
  chatml: 'chatml',
  gemma: 'gemma',
  llama3: 'llama-3',
  phi_3: 'phi-3',
};

const schedulers: Readonly<Record<string, string>> = {
  linear: 'linear',
  cosine: 'cosine',
  constant: 'constant',
  constant_with_warmup: 'constant',
};

/** By key, in the order in which recipes have the fields. */
const table: Readonly<Record<string, Take>> = {
  base_model: set('model', 'path', text),
  bf16: (draft, value) => dtype(draft, value, 'bfloat16'),
  fp16: (draft, value) => dtype(draft, value, 'float16'),
  load_in_8bit: (draft, value) => dtype(draft, value, 'int8'),
  load_in_4bit: (draft, value) => dtype(draft, value, 'nf4'),
  adapter: nothing,
  lora_r: set('entry', 'rank', whole),
  lora_alpha: set('entry', 'alpha', positive),
  lora_dropout: (draft, value) => value === 0 || set('entry', 'dropout', number)(draft, value, {}),
  peft_use_dora: nothing,
  peft_use_rslora: (draft, value) => value === false || set('entry', 'use_rslora', flag)(draft, value, {}),
  peft_init_lora_weights: (draft, value) =>
    value === true ||
    /^pissa/.test(String(value)) ||
    set('entry', 'init', (v) => v === 'gaussian' || v === 'orthogonal')(draft, value, {}),
  lora_target_linear: (draft, value, config) => {
    if (value === true && config.lora_target_modules === undefined) draft.entry.target_modules = 'all-linear';
    return flag(value);
  },
  lora_target_modules: set(
    'entry',
    'target_modules',
    (value) => text(value) || (texts(value) && (value as []).length > 0),
  ),
  lora_layers_to_transform: set('entry', 'layers_to_transform', (v) => Array.isArray(v) && v.every(Number.isInteger)),
  lora_modules_to_save: set('entry', 'modules_to_save', texts),
  datasets,
  chat_template: (draft, value) => {
    if (value === 'tokenizer_default') return true;
    const name = chatTemplates[String(value)];
    return name !== undefined && set('data', 'chat_template', text)(draft, name, {});
  },
  test_datasets: (draft, value) => {
    const file = fileOf(first(value));
    if (file !== undefined) draft.data.validation = file;
    return file !== undefined && isOne(value);
  },
  val_set_size: (draft, value, { test_datasets }) => {
    if (value === 0) return true;
    if (test_datasets !== undefined || !number(value) || (value as number) >= 1) return false;
    draft.data.validation = value;
    return true;
  },
  sequence_len: set('data', 'max_length', whole),
  sample_packing: (draft, value) => value === false || set('data', 'packing', flag)(draft, value, {}),
  num_epochs: set('training', 'num_epochs', positive),
  max_steps: set('training', 'max_steps', whole),
  micro_batch_size: set('training', 'batch_size', whole),
  gradient_accumulation_steps: set('training', 'gradient_accumulation_steps', whole),
  optimizer: (_, value) => /^adamw(_hf|_torch|_torch_fused)?$/.test(String(value)),
  learning_rate: (draft, value) => setIn('optimizer', 'learning_rate', number)(draft, Number(value), {}),
  weight_decay: setIn('optimizer', 'weight_decay', number),
  adam_epsilon: (draft, value) => setIn('optimizer', 'eps', positive)(draft, Number(value), {}),
  adam_beta1: (draft, value, { adam_beta2 }) =>
    setIn('optimizer', 'betas', (v) => (v as unknown[]).every(number))(draft, [value, adam_beta2 ?? 0.999], {}),
  adam_beta2: (_, __, { adam_beta1 }) => adam_beta1 !== undefined,
  loraplus_lr_ratio: setIn('optimizer', 'lora_plus_ratio', positive),
  lr_scheduler: (draft, value) =>
    Object.hasOwn(schedulers, String(value)) && setIn('scheduler', 'name', text)(draft, schedulers[String(value)], {}),
  warmup_ratio: setIn('scheduler', 'warmup_ratio', number),
  warmup_steps: (draft, value, { warmup_ratio }) =>
    warmup_ratio === undefined && setIn('scheduler', 'warmup_steps', (v) => Number.isInteger(v))(draft, value, {}),
  max_grad_norm: set('training', 'max_grad_norm', positive),
  seed: set('training', 'seed', (value) => number(value) && Number.isInteger(value)),
  eval_steps: set('training', 'eval_steps', whole),
  save_steps: set('training', 'save_steps', whole),
  logging_steps: set('training', 'logging_steps', whole),
  save_total_limit: set('training', 'save_total_limit', whole),
  gradient_checkpointing: (draft, value) =>
    value === false || set('training', 'gradient_checkpointing', flag)(draft, value === 'unsloth' ? true : value, {}),
  group_by_length: (draft, value) => value === false || set('training', 'group_by_length', flag)(draft, value, {}),
  label_smoothing_factor: set('training', 'label_smoothing', number),
  neftune_noise_alpha: set('training', 'neftune_alpha', positive),
  early_stopping_patience: setIn('early_stopping', 'patience', whole),
  output_dir: (draft, value) => {
    if (text(value)) draft.output = value as string;
    return text(value);
  },
};

/** Errors: `bad-axolotl-config` for what is no such file, `unsupported-adapter` for an adapter of another kind than LoRA. */
export function draftOfAxolotl(source: string, file: string): Draft {
  const config = read(source, file);
  const draft: Draft = {
    source: `${path.basename(file)}, a configuration of axolotl`,
    model: { path: './models/base', task: 'causal-lm' },
    entry: { method: methodIn(config, file) },
    data: {},
    training: {},
    notes: [],
  };
  const left = new Set(Object.keys(config).filter((key) => config[key] !== null && config[key] !== undefined));
  for (const [key, take] of Object.entries(table))
    if (left.has(key) && take(draft, config[key], config)) left.delete(key);
  if (draft.data.train === undefined && Object.keys(draft.data).length > 0) {
    draft.notes.push(`data: ${JSON.stringify(draft.data)}, for there is no file to train on yet`);
    draft.data = {};
  }
  draft.notes.push(...[...left].map((key) => `${key}: ${shown(config[key])}`));
  return draft;
}

function read(source: string, file: string): Config {
  let config: unknown;
  try {
    config = parse(source, { maxAliasCount: 100 });
  } catch (cause) {
    throw new RankwiseError('bad-axolotl-config', `${file} is not valid YAML: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
  if (isRecord(config) && 'base_model' in config) return config;
  throw new RankwiseError('bad-axolotl-config', `${file} is no configuration of axolotl: it has no base_model.`, {
    file,
    field: 'base_model',
    hint: 'Import an adapter_config.json of PEFT, or a YAML file of axolotl.',
  });
}

function methodIn(config: Config, file: string): string {
  const { adapter } = config;
  if (adapter === undefined || adapter === null || adapter === '') return 'full';
  if (adapter !== 'lora' && adapter !== 'qlora')
    throw new RankwiseError('unsupported-adapter', `${file}: the adapter ${shown(adapter)} is not known here.`, {
      file,
      field: 'adapter',
      hint: 'lora and qlora are.',
    });
  if (config.peft_use_dora === true) return 'dora';
  return /^pissa/.test(String(config.peft_init_lora_weights)) ? 'pissa' : 'lora';
}

/** The smaller one holds: a quantized base is quantized whatever computes. */
function dtype(draft: Draft, value: unknown, name: string): boolean {
  const on = value === true || value === 'auto' || value === 'full';
  if (on) draft.model.dtype = name;
  return on || value === false;
}

function datasets(draft: Draft, value: unknown): boolean {
  const files = (Array.isArray(value) ? value : []).map(fileOf);
  const set = first(value);
  if (set === undefined || files.includes(undefined)) return false;
  draft.data.train = files.length === 1 ? files[0] : files;
  const { type, field, field_messages: messages } = set;
  const kind = typeof type === 'string' ? type.split(/[.:]/)[0] : '';
  if (kind === 'completion') draft.data.columns = { text: text(field) ? field : 'text' };
  else if (kind === 'chat_template' || kind === 'sharegpt')
    draft.data.columns = { messages: text(messages) ? messages : 'messages' };
  else if (kind === 'alpaca') draft.data.columns = { instruction: 'instruction', output: 'output' };
  else draft.notes.push(`the data's type ${shown(type)}: say which columns are what`);
  // One meaning of the columns holds for all files.
  return (value as Config[]).every((other) => JSON.stringify(other.type) === JSON.stringify(type));
}

function first(value: unknown): Config | undefined {
  const [set] = Array.isArray(value) ? value : [];
  return typeof set === 'object' && set !== null ? (set as Config) : undefined;
}

const isOne = (value: unknown): boolean => Array.isArray(value) && value.length === 1;

/** A file on this machine; hub data sets are names without an ending. */
function fileOf(set: Config | undefined | null): string | undefined {
  const named = [set?.data_files].flat().find(text) ?? set?.path;
  return typeof named === 'string' && /\.(jsonl|csv|tsv|parquet|txt)$/i.test(named) ? named : undefined;
}

const shown = (value: unknown): string => {
  const said = JSON.stringify(value) ?? String(value);
  return said.length > 120 ? `${said.slice(0, 120)}…` : said;
};
