/**
 * The one error type that reaches people: a stable code, what happened, where, and what to do next.
 * Everything else that is thrown is a bug and shows a stack trace only in log files.
 */
export class RankwiseError extends Error {
  override readonly name = 'RankwiseError';
  /** Stable, kebab-case: tests and documentation refer to it. */
  readonly code: string;
  /** What the user can do now; a sentence. */
  readonly hint: string | undefined;
  /** The file (absolute path) that the fault is in, where there is one. */
  readonly file: string | undefined;
  /** The field in the file: a recipe path ("training.batch_size"), a tensor name, a column. */
  readonly field: string | undefined;
  /** `input`: the recipe, arguments or files are wrong (exit 2). `runtime`: found only while running (exit 1). */
  readonly kind: 'input' | 'runtime';

  constructor(
    code: string,
    message: string,
    more: { hint?: string; file?: string; field?: string; kind?: 'input' | 'runtime'; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.file = more.file;
    this.field = more.field;
    this.kind = more.kind ?? 'input';
  }

  /** Plain data for IPC and JSON-RPC. */
  toJSON(): ErrorData {
    const { code, message, hint, file, field, kind } = this;
    return {
      code,
      message,
      kind,
      ...(hint !== undefined && { hint }),
      ...(file !== undefined && { file }),
      ...(field !== undefined && { field }),
    };
  }

  static from(data: ErrorData): RankwiseError {
    const { code, message, ...more } = data;
    return new RankwiseError(code, message, more);
  }
}

export interface ErrorData {
  code: string;
  message: string;
  kind: 'input' | 'runtime';
  hint?: string;
  file?: string;
  field?: string;
}

/** Any thrown value as data; one that is not a RankwiseError becomes `internal` (its stack belongs in the log). */
export function errorData(thrown: unknown): ErrorData {
  if (thrown instanceof RankwiseError) return thrown.toJSON();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message, kind: 'runtime', hint: 'This is a defect in Rankwise; the log has the details.' };
}
