/** JSON Schema 2020-12 of a recipe, from the field tables of `recipe` and `methods`; `generate-schema.mjs` writes it. */
import { methods } from '../server/methods/registry.ts';
import { entryFields } from '../server/recipe/fields/adapters.ts';
import { fieldsOfEntry, rootFields, sweepKeys } from '../server/recipe/fields.ts';
import type { FieldSpec } from '../server/recipe/types.ts';

type Schema = Record<string, unknown>;

export function recipeSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Rankwise recipe',
    description: 'A parameter-efficient fine-tuning run.',
    ...object(rootFields),
  };
}

function object(fields: readonly FieldSpec[]): Schema {
  const required = fields.filter((f) => f.required).map((f) => f.name);
  return {
    type: 'object',
    properties: properties(fields),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

const properties = (fields: readonly FieldSpec[]): Schema =>
  Object.fromEntries(fields.map((f) => [f.name, schemaOf(f)]));

function schemaOf(field: FieldSpec): Schema {
  const fallback = field.defaultText === undefined ? '' : `\n\nDefault: ${field.defaultText}.`;
  const about = {
    description: `${field.doc}${fallback}`,
    ...(field.default !== undefined && { default: field.default }),
  };
  const plain = typeSchema(field);
  const also: Schema[] = [];
  if (field.words) also.push({ enum: field.words });
  if (field.nullable) also.push({ type: 'null' });
  return also.length > 0 ? { ...about, anyOf: [plain, ...also] } : { ...about, ...plain };
}

const text: Schema = { type: 'string', minLength: 1 };
const texts: Schema = { type: 'array', items: text };
const quantity = {
  parameters: '^\\s*\\d+(\\.\\d+)?\\s*[kKMB%]?\\s*$',
  bytes: '^\\s*\\d+(\\.\\d+)?\\s*([kKMGT]?B|[KMGT]iB|%)?\\s*$',
  time: '^\\s*\\d+(\\.\\d+)?\\s*(s|m|min|h|d)\\s*$',
};

function typeSchema(field: FieldSpec): Schema {
  const { type, item = 'string' } = field;
  switch (type) {
    case 'integer':
    case 'number':
      return { type, ...bounds(field) };
    case 'boolean':
      return { type };
    case 'string':
      return text;
    case 'enum':
      return { enum: field.values };
    case 'list': {
      const length = field.length === undefined ? {} : { minItems: field.length, maxItems: field.length };
      return { type: 'array', items: itemSchema(item, field), ...length };
    }
    case 'text-or-list':
      return { anyOf: [text, texts] };
    case 'map':
      if (field.keys) return object(field.keys);
      return { type: 'object', additionalProperties: itemSchema(item, field) };
    case 'section':
      return object(field.fields ?? []);
    case 'entries':
      return { type: 'array', minItems: 1, items: entrySchema() };
    case 'quantity':
      if (field.unit === 'time') return { type: 'string', pattern: quantity.time };
      return {
        anyOf: [
          { type: 'number', minimum: 0 },
          { type: 'string', pattern: quantity[field.unit ?? 'parameters'] },
        ],
      };
    case 'layers': {
      const layer = { type: 'integer', minimum: 0 };
      const words = { type: 'string', pattern: '^(all|\\s*\\d+\\s*-\\s*\\d+\\s*)$' };
      return { anyOf: [words, layer, { type: 'array', minItems: 1, items: layer }] };
    }
    case 'split':
      return { anyOf: [text, texts, { type: 'number', ...bounds(field) }] };
    case 'sweep':
      return {
        type: 'object',
        properties: properties(sweepKeys),
        additionalProperties: { type: 'array', minItems: 1 },
      };
  }
}

const itemSchema = (item: NonNullable<FieldSpec['item']>, field: FieldSpec): Schema =>
  item === 'string' ? text : item === 'enum' ? { enum: field.values } : { type: item, ...bounds(field) };

const bounds = ({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: FieldSpec): Schema => ({
  ...(minimum !== undefined && { minimum }),
  ...(exclusiveMinimum !== undefined && { exclusiveMinimum }),
  ...(maximum !== undefined && { maximum }),
  ...(exclusiveMaximum !== undefined && { exclusiveMaximum }),
});

/** The method decides which further fields an entry has. */
function entrySchema(): Schema {
  const common = properties(entryFields);
  const names = new Set(entryFields.map((f) => f.name));
  return {
    type: 'object',
    properties: {
      ...common,
      method: {
        ...(common.method as Schema),
        oneOf: Object.values(methods).map(({ id, title, summary }) => ({ const: id, title, description: summary })),
      },
    },
    anyOf: [{ required: ['method'] }, { required: ['path'] }],
    allOf: Object.values(methods).map((method) => ({
      if: { properties: { method: { const: method.id } }, required: ['method'] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
      then: { properties: properties(fieldsOfEntry(method).filter((f) => !names.has(f.name))) },
    })),
    unevaluatedProperties: false,
  };
}
