/** Positions are 0-based; `character` counts UTF-16 code units, as the Language Server Protocol does by default. */
export interface Position {
  line: number;
  character: number;
}
export interface Range {
  start: Position;
  end: Position;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** One finding about a recipe, the same for the editor, `rankwise validate --json` and tests. */
export interface Diagnostic {
  /** Stable and kebab-case: `unknown-key`, `rank-too-large`, … */
  code: string;
  severity: Severity;
  /** What is wrong and what to do, in one or two sentences. */
  message: string;
  range: Range;
  /** Path of the field, e.g. "adapters.0.rank"; empty for the whole document. */
  field?: string;
  fixes?: Fix[];
}

/** A quick fix: text edits of the recipe. */
export interface Fix {
  title: string;
  edits: { range: Range; newText: string }[];
  preferred?: boolean;
}
