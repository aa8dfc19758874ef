/** The pure half of a PEFT method: what it is, what it counts, what it demands. Shapes: W is m×n (out × in). */
import type { FieldSpec } from '../recipe/types.ts';

export type { FieldSpec } from '../recipe/types.ts';

/** The fields of one adapted matrix after rank_pattern and alpha_pattern. */
export interface MatrixSettings {
  rank: number;
  alpha: number;
  options: Record<string, unknown>;
}

/** What a count needs of a module; `parameters` are shapes by name, { weight: [m, n], bias: [m] }. */
export interface MethodModule {
  name: string;
  m: number;
  n: number;
  bias: boolean;
  parameters: Record<string, number[]>;
}

export interface SettingsFault {
  code: string;
  message: string;
  field: string;
  /** The largest value that fits, for a quick fix. */
  largest?: number;
  /** Numbers that the field may have for this matrix, where those are few: for quick fixes. */
  allowed?: readonly number[];
}

/** Settings that a method was trained with, from which whole recipes are proposed. Names are those of the recipe. */
export interface PaperRecipe {
  /** Whose settings they are: "the paper's GPT-2 runs". */
  from: string;
  task: 'causal-lm' | 'sequence-classification';
  /** Of the entry, beside `method`; what is absent is left at its default. */
  entry: Readonly<Record<string, unknown>>;
  training: {
    num_epochs?: number;
    max_steps?: number;
    batch_size: number;
    gradient_accumulation_steps?: number;
    optimizer: { learning_rate: number; weight_decay?: number; head_learning_rate?: number };
    scheduler: { name: 'linear' | 'cosine' | 'constant'; warmup_ratio?: number; warmup_steps?: number };
    max_grad_norm?: number;
  };
  /** Of `data`. */
  max_length?: number;
}

/** `rank_pattern` and `alpha_pattern` of an entry. */
export interface Patterns {
  rank: Readonly<Record<string, number>>;
  alpha: Readonly<Record<string, number>>;
}

/** A method as Hugging Face PEFT configures it. */
export interface PeftConfig {
  /** "LoraConfig" */
  config: string;
  /** Those that are undefined or empty are left out. */
  arguments: Record<string, unknown>;
  /** The argument that takes the number of optimizer steps. */
  totalSteps?: string;
  /** A Python statement to run after each optimizer step, on `model` and `state`. */
  afterStep?: string;
  /** How what PEFT does is not the same. */
  remark?: string;
}

/** A change of W that is a product of a file's tensors, by their keys below the module's name: scale · left · [middle · | diag(diagonal) ·] right. */
export interface Product {
  left: string;
  right: string;
  /** r×r */
  middle?: string;
  /** r scalars. */
  diagonal?: string;
  scale: number;
  /** Only where `right` has so many rows is the product the whole change. */
  rows?: number;
}

export interface Method {
  id: string;
  /** "LoRA" */
  title: string;
  /** One sentence for completions. */
  summary: string;
  /** Markdown for hovers: what it does, formula, count, the paper's hyperparameters, link. */
  doc: string;
  paper: { title: string; url: string };
  /** Fields beyond name, method, target_modules, exclude_modules, layers_to_transform, modules_to_save. `rank`, `alpha` included where it has them. */
  fields: FieldSpec[];
  /** `matrices`: adapts linear modules. `parameters`: trains parameters of the model themselves (full, bitfit). */
  kind: 'matrices' | 'parameters';
  /** Result is an adapter folder, or a whole model folder. */
  result: 'adapter' | 'model';
  /** Trainable scalars for one m×n matrix, or for a module's own parameters where kind is `parameters`. */
  trainable(module: MethodModule, s: MatrixSettings): number;
  /** Trainable scalars that an entry has once for all its matrices, by the first of them, at which they are counted. Absent: none. */
  tied?(module: MethodModule, s: MatrixSettings): number;
  /** The count's formula for people, generic ("r·(m + n)") and filled in ("8·(1024 + 1024) = 16,384"). */
  formula: string;
  filledIn(module: MethodModule, s: MatrixSettings): string;
  /** Bytes of frozen factors shared by all adapters of a base (svf, svft); 0 for most. */
  sharedBytes(module: { m: number; n: number }, s: MatrixSettings): number;
  /** Scalars of frozen factors that an adapter holds at one matrix, in memory and in its file, beside the trainable ones. Absent: none. */
  heldFactors?(module: { m: number; n: number }, s: MatrixSettings): number;
  /** Scalars of frozen factors that an entry holds once for all its matrices, in memory and in its file. Absent: none. */
  entryFactors?(modules: readonly { m: number; n: number }[], s: MatrixSettings): number;
  /** What a module must have for the method to take it; where no target has it, that is an error. Absent: nothing. */
  needs?: { code: string; met(module: Pick<MethodModule, 'parameters'>): boolean; message: string };
  /** Fields, lists of names, that say something of some of the adapted modules; each item is the end of a name. */
  moduleFields?: readonly string[];
  /** All matrices of an entry have one shape; another is an error. */
  equalShapes?: true;
  /** One `rank` for all matrices of an entry: it has no `rank_pattern`. */
  uniformRank?: true;
  /** Frozen scalars of each matrix that PEFT counts among all parameters although no factor is frozen: AdaLoRA's `ranknum`. */
  countedFrozen?: number;
  /** Its files are plain LoRA, of `plainRank`, to whoever reads them: what servers of adapters want. */
  plainLora?: true;
  /** Forms of the method that are worth seeing beside each other, as options over the defaults. Absent: it has one. */
  forms?: readonly { label: string; options: Record<string, unknown> }[];
  /** The field that says how much the method trains with these options, where that is not `rank`; undefined: none does. It takes the word `auto`. */
  sizeField?(options: Record<string, unknown>): string | undefined;
  /** The field `rank` is a number of blocks and no rank of the update: no comparison or cut of a spectrum is about it. */
  rankIsBlocks?: true;
  /** The method puts another base weight, in float32, in the place of W. */
  replacesBase?: true;
  /** The largest rank that the change of an m×n matrix can have. */
  updateRank(module: { m: number; n: number }, s: MatrixSettings): number;
  /** The rank of the plain LoRA that computes the same, exactly, at one matrix. Absent: there is no such LoRA (`plain` in the tensor half). */
  plainRank?(module: { name: string; m: number; n: number }, s: MatrixSettings): number;
  /**
   * The settings of a weighted sum of adapters of this method over the same frozen factors, which the tensor half's `sum` makes; undefined: these have
   * none. `inexact`: why the sum is not that of the changes of W. Absent: there is no such form.
   */
  summed?(all: readonly MatrixSettings[]): { settings: MatrixSettings; inexact?: string } | undefined;
  /** Which singular triplets of W the method starts from with these settings; absent: none in particular. */
  takes?(s: MatrixSettings): 'top' | 'bottom' | undefined;
  /** Shapes of the tensors that PEFT's file has of one matrix, by their key below the module's name. Absent: they are not known without the weights. */
  fileShapes?(module: MethodModule, s: MatrixSettings): Record<string, number[]>;
  /** How the file's tensors make the change of one matrix, where that is their product. Absent: it is something else. */
  product?(s: MatrixSettings): Product;
  /** Settings from a PEFT adapter_config.json; undefined when that is another method's. Absent: PEFT has no such method. */
  fromPeft?(config: Record<string, unknown>): MatrixSettings | undefined;
  /** The other way: settings for PEFT. Absent: PEFT has no such method. */
  toPeft?(s: MatrixSettings, patterns: Patterns): PeftConfig;
  /** Which of the model's parameters are trained, as a Python expression of `name`; where kind is `parameters`. */
  trainedParameters?: string;
  /** At least one; the first is what is proposed first. */
  recipes: readonly [PaperRecipe, ...PaperRecipe[]];
  /** Default learning rate from the method's paper. */
  learningRate: number;
  /** The same where it depends on the entry's fields. */
  learningRateOf?(options: Record<string, unknown>): number;
  /** Faults of the settings for one matrix, e.g. rank above min(m, n). Empty when all is well. */
  check(module: { name: string; m: number; n: number; kind?: string }, s: MatrixSettings): SettingsFault[];
  /** What is worth knowing of the settings for one matrix, and no fault. */
  remarks?(module: { name: string; m: number; n: number }, s: MatrixSettings): SettingsFault[];
}
