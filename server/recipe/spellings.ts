/**
 * Names that other tools (transformers, PEFT, TRL, Axolotl) give to the fields of a recipe: an error here, with the fix at hand.
 * By section; the target is a path from the root, `*` standing for the entry that the key stands in.
 */
const training: Readonly<Record<string, string>> = {
  num_train_epochs: 'training.num_epochs',
  epochs: 'training.num_epochs',
  per_device_train_batch_size: 'training.batch_size',
  train_batch_size: 'training.batch_size',
  micro_batch_size: 'training.batch_size',
  gradient_accumulation: 'training.gradient_accumulation_steps',
  learning_rate: 'training.optimizer.learning_rate',
  lr: 'training.optimizer.learning_rate',
  weight_decay: 'training.optimizer.weight_decay',
  adam_epsilon: 'training.optimizer.eps',
  optim: 'training.optimizer.name',
  loraplus_lr_ratio: 'training.optimizer.lora_plus_ratio',
  lr_scheduler_type: 'training.scheduler.name',
  lr_scheduler: 'training.scheduler.name',
  warmup_ratio: 'training.scheduler.warmup_ratio',
  warmup_steps: 'training.scheduler.warmup_steps',
  label_smoothing_factor: 'training.label_smoothing',
  neftune_noise_alpha: 'training.neftune_alpha',
  metric_for_best_model: 'training.metric',
  output_dir: 'output',
  max_seq_length: 'data.max_length',
  max_seq_len: 'data.max_length',
  sequence_len: 'data.max_length',
  cutoff_len: 'data.max_length',
};

const adapter: Readonly<Record<string, string>> = {
  r: 'adapters.*.rank',
  lora_r: 'adapters.*.rank',
  lora_alpha: 'adapters.*.alpha',
  lora_dropout: 'adapters.*.dropout',
  lora_target_modules: 'adapters.*.target_modules',
  init_lora_weights: 'adapters.*.init',
  peft_type: 'adapters.*.method',
  task_type: 'model.task',
};

const model: Readonly<Record<string, string>> = {
  model_name_or_path: 'model.path',
  pretrained_model_name_or_path: 'model.path',
  base_model: 'model.path',
  base_model_name_or_path: 'model.path',
  torch_dtype: 'model.dtype',
  task_type: 'model.task',
};

const data: Readonly<Record<string, string>> = {
  train_file: 'data.train',
  validation_file: 'data.validation',
  eval_file: 'data.validation',
  max_seq_length: 'data.max_length',
  max_seq_len: 'data.max_length',
  sequence_len: 'data.max_length',
  cutoff_len: 'data.max_length',
};

const spellings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { ...model, ...data, ...training },
  model,
  'adapters.*': adapter,
  data,
  training,
  'training.optimizer': {
    lr: 'training.optimizer.learning_rate',
    adam_epsilon: 'training.optimizer.eps',
    epsilon: 'training.optimizer.eps',
    type: 'training.optimizer.name',
  },
  'training.scheduler': {
    type: 'training.scheduler.name',
    lr_scheduler_type: 'training.scheduler.name',
    num_warmup_steps: 'training.scheduler.warmup_steps',
  },
};

/** Our path for a foreign key in a section ("training", "adapters.2"), or undefined. */
export function foreignSpelling(section: string, key: string): string | undefined {
  const index = /^adapters\.(\d+)$/.exec(section)?.[1];
  const table = spellings[index === undefined ? section : 'adapters.*'];
  if (!table || !Object.hasOwn(table, key)) return undefined;
  return index === undefined ? table[key] : table[key]!.replace('*', index);
}
