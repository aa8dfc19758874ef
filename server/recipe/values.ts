/** Single values against their field: what is accepted, and how to say what is expected. */
import { parseQuantity, quantityExamples } from './quantity.ts';
import type { FieldSpec } from './types.ts';

export type Read = { value: unknown } | undefined;

/** A scalar of the field's type; undefined when it is not one. */
export function readScalar(value: unknown, field: FieldSpec): Read {
  if (typeof value === 'string' && field.words?.includes(value)) return { value };
  switch (field.type) {
    case 'integer':
    case 'number':
      return readNumber(value, field);
    case 'boolean':
      return typeof value === 'boolean' ? { value } : undefined;
    case 'string':
      return typeof value === 'string' && value !== '' ? { value } : undefined;
    case 'enum':
      return typeof value === 'string' && field.values?.includes(value) ? { value } : undefined;
    case 'quantity': {
      const quantity = parseQuantity(value, field.unit ?? 'parameters');
      return quantity && { value: quantity };
    }
    default:
      return undefined;
  }
}

function readNumber(value: unknown, field: FieldSpec): Read {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (field.type === 'integer' && !Number.isSafeInteger(value)) return undefined;
  return inBounds(value, field) ? { value: value === 0 ? 0 : value } : undefined;
}

const inBounds = (value: number, f: FieldSpec): boolean =>
  value >= (f.minimum ?? -Infinity) &&
  value > (f.exclusiveMinimum ?? -Infinity) &&
  value <= (f.maximum ?? Infinity) &&
  value < (f.exclusiveMaximum ?? Infinity);

const layersText = '`all`, a list such as `[0, 1]`, or a range such as `"4-11"`';

/** "an integer of at least 1, or `auto`". */
export function expectation(field: FieldSpec): string {
  const words = [...(field.words ?? []), ...(field.nullable ? ['null'] : [])].map((w) => `\`${w}\``);
  return [typeText(field), ...words].join(', or ');
}

function typeText(field: FieldSpec): string {
  switch (field.type) {
    case 'integer':
      if (field.minimum !== undefined && field.minimum === field.maximum) return String(field.minimum);
      return `an integer${bounds(field)}`;
    case 'number':
      return `a number${bounds(field)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      return 'a text';
    case 'enum':
      return `one of ${field.values!.map((v) => `\`${v}\``).join(', ')}`;
    case 'list':
      return `a list of ${field.length ? `${field.length} ` : ''}${plural(field)}${bounds(field)}`;
    case 'text-or-list':
      return 'a text or a list of texts';
    case 'map':
      return 'a mapping';
    case 'section':
      return `a mapping with ${field
        .fields!.slice(0, 3)
        .map((f) => `\`${f.name}\``)
        .join(', ')}`;
    case 'entries':
      return 'a list of mappings, each with a `method`';
    case 'quantity':
      return quantityExamples[field.unit ?? 'parameters'];
    case 'layers':
      return layersText;
    case 'split':
      return 'files, or a fraction between 0 and 1';
    case 'sweep':
      return 'a mapping of recipe paths to lists of values';
  }
}

const plural = ({ item, values = [] }: FieldSpec): string =>
  item === 'enum' ? `words, each ${either(values)}` : item === 'string' || !item ? 'texts' : `${item}s`;

const either = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(' or ');

function bounds(f: FieldSpec): string {
  const low =
    f.minimum !== undefined
      ? `at least ${f.minimum}`
      : f.exclusiveMinimum !== undefined
        ? `above ${f.exclusiveMinimum}`
        : '';
  const high =
    f.maximum !== undefined
      ? `at most ${f.maximum}`
      : f.exclusiveMaximum !== undefined
        ? `below ${f.exclusiveMaximum}`
        : '';
  const text = [low, high].filter(Boolean).join(' and ');
  return text === '' ? '' : text.startsWith('at') ? ` of ${text}` : ` ${text}`;
}

/** `[0, 2]`, `5`, "4-11" -> layer numbers, each once; undefined when it is none of these. */
export function parseLayers(value: unknown): 'all' | number[] | undefined {
  if (value === 'all') return 'all';
  if (Array.isArray(value)) {
    const good = value.every((v) => Number.isInteger(v) && v >= 0 && v < layerLimit);
    return good && value.length > 0 ? [...new Set(value as number[])] : undefined;
  }
  if (typeof value === 'number') return parseLayers([value]);
  const match = typeof value === 'string' ? /^\s*(\d{1,5})\s*-\s*(\d{1,5})\s*$/.exec(value) : null;
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (first > last || last >= layerLimit) return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** No model comes near; keeps "0-99999" from filling memory. */
const layerLimit = 10_000;
