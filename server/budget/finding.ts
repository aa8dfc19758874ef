import type { Severity } from '../protocol/diagnostics.ts';
import type { FieldChanges } from '../recipe/entry-fields.ts';

/** What a rule found, by recipe path; `analyse` turns it into a diagnostic with the range of that field. */
export interface Finding {
  code: string;
  message: string;
  /** "adapters.0.rank", or keys and indices where a key has dots. */
  path: string | readonly (string | number)[];
  /** Where it is not that of the rule. */
  severity?: Severity;
  /** On the key rather than the value. */
  onKey?: boolean;
  /** Quick fixes that replace the value at `path`. */
  replace?: { title: string; text: string }[];
  /** Quick fixes that write fields of entries, by their index in `adapters`. */
  set?: { title: string; entries: ReadonlyMap<number, FieldChanges> }[];
}
