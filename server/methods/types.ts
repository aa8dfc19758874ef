/** The pure half of a PEFT method: what it is, what it counts, what it demands. Shapes: W is m×n (out × in). */
export interface FieldSpec {
  name: string;
  type: 'number' | 'integer' | 'boolean' | 'string' | 'enum' | 'list';
  values?: readonly string[];
  /** A literal, or how it follows from other fields for people ("= rank"). */
  default?: unknown;
  defaultText?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  /** Markdown: what it does, unit, the papers' values. */
  doc: string;
}

/** The fields of one adapted matrix after rank_pattern and alpha_pattern. */
export interface MatrixSettings {
  rank: number;
  alpha: number;
  options: Record<string, unknown>;
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
  trainable(
    module: { m: number; n: number; bias: boolean; parameters: Record<string, number[]> },
    s: MatrixSettings,
  ): number;
  /** The count's formula for people, generic ("r·(m + n)") and filled in ("8·(1024 + 1024) = 16,384"). */
  formula: string;
  filledIn(module: { m: number; n: number }, s: MatrixSettings): string;
  /** Bytes of frozen factors shared by all adapters of a base (svf, svft); 0 for most. */
  sharedBytes(module: { m: number; n: number }, s: MatrixSettings): number;
  /** Default learning rate from the method's paper. */
  learningRate: number;
  /** Faults of the settings for one matrix, e.g. rank above min(m, n). Empty when all is well. */
  check(
    module: { name: string; m: number; n: number },
    s: MatrixSettings,
  ): { code: string; message: string; field: string }[];
}
