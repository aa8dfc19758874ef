/** A recipe as Python code for transformers and Hugging Face PEFT. */
import { classNames, writesText } from '../architectures/tasks.ts';
import { RankwiseError } from '../base/errors.ts';
import type { Claim, SavedModule, World } from '../budget/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { Method, PeftConfig } from '../methods/types.ts';
import type { AdapterEntry, Recipe, Task } from '../recipe/types.ts';
import { baseModel } from './python-base.ts';
import { type DataCode, loadingData, rolesIn } from './python-data.ts';
import { imageTrainer, loadingImages } from './python-images.ts';
import { computeMetrics } from './python-metrics.ts';
import { renamedTargets } from './python-targets.ts';
import { Expression, indented, pythonCall, pythonValue } from './python-text.ts';
import { notCarriedOver, trainer, trainingArguments } from './python-training.ts';

export interface PythonCode {
  code: string;
  /** What the code does not do as the recipe says; in the code as comments. */
  notes: string[];
}

/** What is known of the model and the data that a recipe names. */
export interface CodeFacts {
  /** Of the recipe, absolute. */
  folder?: string;
  data?: World['data'];
  model?: World['model'];
  claims?: readonly Claim[];
  saved?: readonly SavedModule[];
}

/**
 * `recipe` is analysed: no `auto`, no errors. `methods` are those of its entries. Errors: `several-adapters`, for PEFT trains one
 * configuration at a time.
 */
export function pythonOf(recipe: Recipe, methods: readonly string[], facts: CodeFacts = {}): PythonCode {
  const [entry, ...more] = recipe.adapters;
  const method = methodOf(methods[0] ?? '');
  if (more.length > 0 || !entry || (!method && entry.path === undefined))
    throw new RankwiseError(
      'several-adapters',
      'The recipe has several adapters; PEFT trains one configuration at a time.',
      {
        field: 'adapters',
        hint: 'Keep one entry, or give each a recipe of its own.',
      },
    );
  const part = partFor(recipe, entry, method, facts);
  const body = part.trains ? training(recipe, part, facts) : loadingOnly();
  const newHead = facts.model?.problems.some(({ code }) => code === 'head-replaced') ?? false;
  const notes = [...part.notes, ...(part.trains ? notCarriedOver(recipe) : [])];
  const code = [
    head(recipe, method, part, notes),
    imports(recipe, part),
    '',
    ...(part.config === undefined ? [] : [`config = ${part.config}`, '']),
    '',
    'def load_model():',
    indented([baseModel(recipe, newHead), ...part.onModel, 'return model'].join('\n')),
    '',
    '',
    body,
    '',
  ].join('\n');
  return { code, notes };
}

/** What an entry comes to. */
interface Part {
  /** Names from `peft`. */
  imports: string[];
  config?: string;
  /** Statements that make `model` ready. */
  onModel: string[];
  trains: boolean;
  /** For the head of the file. */
  says: string[];
  notes: string[];
  peft?: PeftConfig;
}

function partFor(recipe: Recipe, entry: AdapterEntry, method: Method | undefined, facts: CodeFacts): Part {
  const nothing = { imports: [], onModel: [], trains: true, says: [], notes: [] };
  if (entry.path !== undefined)
    return {
      ...nothing,
      imports: ['PeftModel'],
      onModel: [
        `model = ${pythonCall('PeftModel.from_pretrained', [new Expression('model'), entry.path], { is_trainable: true })}`,
      ],
      says: ['It goes on from a saved adapter, which must be one that PEFT reads.'],
    };
  if (method?.trainedParameters !== undefined)
    return { ...nothing, ...ownParameters(recipe, entry, method.trainedParameters, facts) };
  const settings = { rank: Number(entry.rank ?? 0), alpha: entry.alpha ?? 0, options: entry.options };
  const peft = method?.toPeft?.(settings, { rank: entry.rank_pattern, alpha: entry.alpha_pattern });
  if (!peft)
    return {
      ...nothing,
      imports: ['PeftModel'],
      onModel: [`model = PeftModel.from_pretrained(model, ${pythonValue(loraFolder)})`],
      trains: false,
      says: [
        `Hugging Face PEFT does not have ${method?.title}, so this code does not train: it loads what Rankwise has trained.`,
        `  rankwise run ${recipe.name}.peft`,
        `  rankwise export RUN --format lora -o ${loraFolder}`,
      ],
    };
  const total = peft.totalSteps === undefined ? {} : { [peft.totalSteps]: new Expression('TOTAL_STEPS') };
  return {
    ...nothing,
    peft,
    imports: [peft.config, 'get_peft_model'],
    config: pythonCall(peft.config, [], { ...common(recipe, entry, facts), ...peft.arguments, ...total }),
    onModel: [
      ...(isQuantized(recipe) ? ['model = prepare_model_for_kbit_training(model)'] : []),
      'model = get_peft_model(model, config)',
    ],
    notes: peft.remark === undefined ? [] : [peft.remark],
  };
}

const loraFolder = './lora';

const isQuantized = ({ model }: Recipe): boolean => model.dtype === 'int8' || model.dtype === 'nf4';

/** None for seq2seq: PEFT 0.21's class for it does not start with transformers 5.18, and the general one serves. */
const taskTypes: Readonly<Partial<Record<Recipe['model']['task'], string>>> = {
  'causal-lm': 'CAUSAL_LM',
  'sequence-classification': 'SEQ_CLS',
  regression: 'SEQ_CLS',
};

function common({ model: { task } }: Recipe, entry: AdapterEntry, facts: CodeFacts): Record<string, unknown> {
  const { exclude_modules, layers_to_transform: layers, modules_to_save } = entry;
  // With a type PEFT saves the head by itself, which `modules_to_save: []` says not to.
  const withoutHead = modules_to_save?.length === 0 && taskTypes[task] === 'SEQ_CLS';
  const renamed = renamedTargets(entry, facts);
  return {
    task_type: withoutHead ? undefined : taskTypes[task],
    ...(renamed
      ? { target_modules: renamed }
      : {
          target_modules: entry.target_modules,
          exclude_modules: exclude_modules.length > 0 ? exclude_modules : undefined,
          layers_to_transform: layers === 'all' ? undefined : layers,
        }),
    modules_to_save:
      modules_to_save?.length === 0 ? undefined : (modules_to_save ?? headToSave(task, facts.saved ?? [])),
  };
}

/** What PEFT does not save by itself: of an image classifier, for which it has no type, the head; of others a pooler that is learned, too. */
function headToSave(task: Task, saved: readonly SavedModule[]): string[] | undefined {
  if (task === 'image-classification') return ['classifier'];
  const more = saved.map(({ module }) => module.name).filter((name) => !/(classifier|score)(\.|$)/.test(name));
  return more.length > 0 ? more : undefined;
}

/** Methods that train parameters of the model itself: no PEFT in it. */
function ownParameters(recipe: Recipe, entry: AdapterEntry, which: string, facts: CodeFacts): Partial<Part> {
  const targets = entry.target_modules && (renamedTargets(entry, facts) ?? entry.target_modules);
  const heads = writesText(recipe.model.task) ? '' : ' or name.split(".")[0] in heads';
  const chosen =
    targets === undefined
      ? which
      : `${which === 'True' ? '' : `${which} and `}${typeof targets === 'string' ? regular(targets) : listed(targets)}`;
  return {
    onModel: [
      ...(heads === '' || chosen === 'True' ? [] : ['heads = {"classifier", "score"}']),
      'for name, parameter in model.named_parameters():',
      `    parameter.requires_grad = ${chosen === 'True' ? 'True' : `(${chosen})${heads}`}`,
    ],
    says: ['It trains parameters of the model itself: PEFT is not needed, and the result is a whole model.'],
  };
}

const regular = (targets: string): string =>
  targets.toLowerCase() === 'all-linear'
    ? 'isinstance(model.get_submodule(name.rpartition(".")[0]), torch.nn.Linear)'
    : `re.fullmatch(${pythonValue(targets)}, name.rpartition(".")[0]) is not None`;
const listed = (targets: readonly string[]): string =>
  `("." + name.rpartition(".")[0]).endswith(${`(${targets.map((target) => pythonValue(`.${target}`)).join(', ')},)`})`;

function head(recipe: Recipe, method: Method | undefined, { says }: Part, notes: readonly string[]): string {
  const lines = [
    `${recipe.name}: ${method?.title ?? 'a saved adapter'} on ${recipe.model.path}, from a recipe of Rankwise.`,
    'For torch, transformers 5, peft and datasets. Paths are relative to the folder of the recipe.',
    ...(says.length > 0 ? ['', ...says] : []),
    ...(notes.length > 0 ? ['', 'Not as in the recipe:', ...notes.map((note) => `- ${note}`)] : []),
  ];
  // Paths and names may hold anything.
  const safe = lines.join('\n').replaceAll('\\', '\\\\').replaceAll('"""', "'''").replace(/"$/, "'");
  return `"""${safe}\n"""`;
}

function imports(recipe: Recipe, part: Part): string {
  const { model } = recipe;
  const own = [
    ...part.imports,
    ...(part.config !== undefined && isQuantized(recipe) ? ['prepare_model_for_kbit_training'] : []),
  ];
  const needsRe =
    typeof recipe.adapters[0]?.target_modules === 'string' && part.onModel.some((line) => line.includes('re.'));
  const usesTorch = model.dtype !== 'int8' || part.onModel.some((line) => line.includes('torch.'));
  return [
    ...(recipe.data && readsImages(recipe) ? ['import os', ...(needsRe ? [] : [''])] : []),
    ...(needsRe ? ['import re', ''] : []),
    ...(usesTorch ? ['import torch'] : []),
    ...(own.length > 0 ? [`from peft import ${own.sort().join(', ')}`] : []),
    'import transformers',
    ...(part.peft?.totalSteps === undefined ? [] : ['', totalSteps(recipe)]),
  ].join('\n');
}

/** Of the run: where the recipe counts epochs it follows from the number of rows. */
function totalSteps({ training, data }: Recipe): string {
  if (training.max_steps !== undefined) return `TOTAL_STEPS = ${training.max_steps}`;
  const batch = training.batch_size * training.gradient_accumulation_steps;
  const rows =
    data === undefined
      ? '# the number of training rows'
      : `# the rows of ${[data.train].flat().join(', ')}`.replace(/[\r\n]/g, ' ');
  return `ROWS = 1000  ${rows}\nTOTAL_STEPS = max(1, round(${training.num_epochs} * ROWS / ${batch}))`;
}

const ofTexts = { load: loadingData, train: trainer };
const ofImages = { load: loadingImages, train: imageTrainer };
const readsImages = ({ model }: Recipe): boolean => model.task === 'image-classification';

function training(recipe: Recipe, { peft }: Part, facts: CodeFacts): string {
  const { load, train } = readsImages(recipe) ? ofImages : ofTexts;
  return [
    ...(recipe.data ? [load(recipe, dataCode(recipe, facts)), '', ''] : []),
    ...(peft?.afterStep === undefined ? [] : [afterStep(peft.afterStep), '', '']),
    ...[recipe.data && computeMetrics(recipe)].flatMap((code) => (code === undefined ? [] : [code, '', ''])),
    'def main():',
    indented(
      [
        `transformers.set_seed(${recipe.training.seed})`,
        'model = load_model()',
        ...(peft ? ['model.print_trainable_parameters()'] : []),
        ...(recipe.data
          ? train(recipe, trainingArguments(recipe), peft?.afterStep !== undefined)
          : ['# The recipe names no data.']),
      ].join('\n'),
    ),
    '',
    '',
    start,
  ].join('\n');
}

function dataCode(recipe: Recipe, { folder, data, model }: CodeFacts): DataCode {
  const classes = model && classNames(model.config, recipe.model.num_labels);
  const positions = model?.table.shape.maxPositions ?? Number.POSITIVE_INFINITY;
  return {
    roles: rolesIn(recipe, data?.train?.columns ?? []),
    sources: { ...data, ...(folder !== undefined && { folder }) },
    length: Math.min(recipe.data!.max_length, positions),
    ...(classes && { classes }),
  };
}

const afterStep = (statement: string): string =>
  [
    'class AfterStep(transformers.TrainerCallback):',
    '    def on_optimizer_step(self, args, state, control, model=None, **kwargs):',
    indented(statement, '        '),
  ].join('\n');

const start = 'if __name__ == "__main__":\n    main()';

const loadingOnly = (): string =>
  ['def main():', '    model = load_model()', '    model.print_trainable_parameters()', '', '', start].join('\n');
