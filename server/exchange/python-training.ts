/** `training` of a recipe as TrainingArguments of transformers, and what those do not have. */
import { wellKnown } from '../chat/well-known.ts';
import { isChatTemplateName } from '../recipe/chat-templates.ts';
import type { Recipe } from '../recipe/types.ts';
import { reader } from './python-base.ts';
import { bestArguments, bestMetric, computeMetrics, stopping } from './python-metrics.ts';
import { pythonCall, pythonValue } from './python-text.ts';

/** The call; fields of the recipe that are at transformers' default are spelled out all the same, so that the code says what it does. */
export function trainingArguments(recipe: Recipe): string {
  const { training, output, data, name } = recipe;
  const { optimizer, scheduler } = training;
  const evaluates = data?.validation !== undefined;
  const every = (steps: number | undefined) => (steps === undefined ? 'epoch' : 'steps');
  return pythonCall('transformers.TrainingArguments', [], {
    output_dir: `${output}/${name}-peft`,
    ...(training.max_steps === undefined
      ? { num_train_epochs: training.num_epochs }
      : { max_steps: training.max_steps }),
    per_device_train_batch_size: training.batch_size,
    gradient_accumulation_steps: training.gradient_accumulation_steps,
    learning_rate: optimizer.learning_rate,
    weight_decay: optimizer.weight_decay,
    adam_beta1: optimizer.betas[0],
    adam_beta2: optimizer.betas[1],
    adam_epsilon: optimizer.eps,
    lr_scheduler_type: scheduler.name === 'constant' ? 'constant_with_warmup' : scheduler.name,
    // Below 1 it is a part of all steps.
    warmup_steps: scheduler.warmup_steps ?? scheduler.warmup_ratio ?? 0,
    // 0 switches it off.
    max_grad_norm: training.max_grad_norm ?? 0,
    seed: training.seed,
    eval_strategy: evaluates ? every(training.eval_steps) : 'no',
    eval_steps: evaluates ? training.eval_steps : undefined,
    save_strategy: every(training.save_steps),
    save_steps: training.save_steps,
    save_total_limit: training.save_total_limit,
    logging_steps: training.logging_steps,
    gradient_checkpointing: training.gradient_checkpointing || undefined,
    train_sampling_strategy: training.group_by_length
      ? 'group_by_length'
      : data?.shuffle === false
        ? 'sequential'
        : undefined,
    label_smoothing_factor: training.label_smoothing || undefined,
    neftune_noise_alpha: training.neftune_alpha,
    ...bestArguments(recipe),
    report_to: training.logging.includes('tensorboard') ? 'tensorboard' : 'none',
  });
}

/** From the tokenizer to the saved adapter. */
export function trainer(recipe: Recipe, call: string, afterStep: boolean): string[] {
  const { model } = recipe;
  const classes = model.task === 'sequence-classification' || model.task === 'regression';
  const collator = classes
    ? 'transformers.DataCollatorWithPadding(tokenizer)'
    : 'transformers.DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=-100)';
  const tokenizer = [
    reader(recipe),
    'if tokenizer.pad_token is None:',
    '    tokenizer.pad_token = tokenizer.eos_token',
    ...(classes ? ['    model.config.pad_token_id = tokenizer.pad_token_id'] : []),
    ...chatTemplate(recipe),
    'data = load_data(tokenizer)',
  ];
  return trainerWith(recipe, call, afterStep, tokenizer, collator);
}

/** The template that the recipe names in place of the model's. */
function chatTemplate({ data }: Recipe): string[] {
  const named = data?.chat_template;
  if (named === undefined) return [];
  const text = isChatTemplateName(named)
    ? pythonValue(wellKnown[named])
    : `open(${pythonValue(named)}, encoding="utf-8").read()`;
  return [`tokenizer.chat_template = ${text}`];
}

/** `prepare` makes `data`; without a `collator` the Trainer takes its own. */
export function trainerWith(
  recipe: Recipe,
  call: string,
  afterStep: boolean,
  prepare: readonly string[],
  collator?: string,
): string[] {
  const { data, output, name } = recipe;
  const callbacks = [...(afterStep ? ['AfterStep()'] : []), ...[stopping(recipe) ?? []].flat()];
  return [
    ...prepare,
    'trainer = transformers.Trainer(',
    '    model=model,',
    `    args=${call.replaceAll('\n', '\n    ')},`,
    '    train_dataset=data["train"],',
    ...(data?.validation === undefined ? [] : ['    eval_dataset=data["validation"],']),
    ...(collator === undefined ? [] : [`    data_collator=${collator},`]),
    ...(computeMetrics(recipe) ? ['    compute_metrics=compute_metrics,'] : []),
    ...(callbacks.length > 0 ? [`    callbacks=[${callbacks.join(', ').replaceAll('\n', '\n    ')}],`] : []),
    ')',
    'trainer.train()',
    `model.save_pretrained(${JSON.stringify(`${output}/${name}-peft/adapter`)})`,
  ];
}

/** What the recipe says that transformers does otherwise, or not at all. */
export function notCarriedOver(recipe: Recipe): string[] {
  const { training, data, budget, sweep } = recipe;
  const { optimizer } = training;
  const savesElsewhere = bestMetric(recipe) !== undefined && training.save_steps !== training.eval_steps;
  return [
    ...(sweep ? ['sweep: this is one run of it'] : []),
    ...(budget.trainable || budget.memory ? ['budget: nothing checks it'] : []),
    ...(optimizer.lora_plus_ratio === undefined
      ? []
      : ['lora_plus_ratio: see peft.optimizers.create_loraplus_optimizer']),
    ...(optimizer.head_learning_rate === undefined
      ? []
      : ['head_learning_rate: everything is trained at learning_rate']),
    ...(data?.packing ? ['packing: rows are padded'] : []),
    ...(training.class_weights ? ['class_weights: all rows count the same; see compute_loss_func of the Trainer'] : []),
    ...(training.label_smoothing > 0 ? ['label_smoothing: transformers smooths the evaluation loss as well'] : []),
    ...(training.neftune_alpha === undefined ? [] : ['neftune_alpha: transformers goes by the padded length']),
    ...(savesElsewhere ? ['save_steps: checkpoints are written where it is evaluated'] : []),
  ];
}
