/** Values and calls as Python writes them. */

/** A piece of Python among values. */
export class Expression {
  readonly code: string;
  constructor(code: string) {
    this.code = code;
  }
}

export function pythonValue(value: unknown): string {
  if (value instanceof Expression) return value.code;
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  // JSON's escapes are Python's, once nothing is left that Python reads as a line's end.
  if (typeof value === 'string') return JSON.stringify(value).replace(/[\u2028\u2029\u0085]/g, escaped);
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${pythonValue(key)}: ${pythonValue(inner)}`)
    .join(', ')}}`;
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** `name(\n    key=value,\n)`; what is undefined or an empty mapping is left out. */
export function pythonCall(name: string, positional: readonly unknown[], named: Record<string, unknown>): string {
  const given = Object.entries(named).filter(([, value]) => value !== undefined && !isEmpty(value));
  const all = [...positional.map(pythonValue), ...given.map(([key, value]) => `${key}=${pythonValue(value)}`)];
  const line = `${name}(${all.join(', ')})`;
  return line.length <= 100 ? line : `${name}(\n${all.map((part) => `    ${part},\n`).join('')})`;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Expression) &&
  Object.keys(value).length === 0;

/** Every line of a block, one step further in. */
export const indented = (code: string, by = '    '): string => code.replace(/^(?=.)/gm, by);
