/** Grammar and snippets agree with the fields and methods that the recipe knows. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { methods } from '../../../server/methods/registry.ts';
import { modelFields } from '../../../server/recipe/fields/model.ts';
import { rootFields } from '../../../server/recipe/fields.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../../syntaxes/${file}`, import.meta.url), 'utf8'));
const { repository } = read('peft.tmLanguage.json');
const snippets: Record<string, { prefix: string | string[]; body: string[] }> = read('snippets/peft.code-snippets');

/** The last alternation in parentheses that is not a look-around. */
const alternatives = (rule: { match: string }): string[] =>
  [...rule.match.matchAll(/\((?!\?)([\w|-]+)\)/g)].at(-1)![1]!.split('|');

/** A snippet as it stands once every placeholder is left at its proposal. */
const expand = (body: string[]): string =>
  body
    .join('\n')
    .replace(/\$\{\d+\|((?:\\,|[^,|])*)(?:,(?:\\,|[^|])*)?\|\}/g, (_, first) => first.replaceAll('\\,', ','))
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replaceAll('$0', '');

test('the grammar knows every section and every method', () => {
  expect(alternatives(repository.sections).sort()).toEqual(rootFields.map((field) => field.name).sort());
  expect(alternatives(repository.methods).sort()).toEqual(Object.keys(methods).sort());
});

test('the grammar knows every task and dtype', () => {
  const words = alternatives(repository.words);
  for (const name of ['task', 'dtype'])
    expect(words).toEqual(expect.arrayContaining([...modelFields.find((field) => field.name === name)!.values!]));
});

test('sizes are a number and a unit', () => {
  const size = new RegExp(`${repository.sizes.match}`);
  for (const text of ['100k', '1.5M', '8GiB', '8 GiB', '5%']) expect(text).toMatch(size);
  for (const text of ['v2k', './8M/x', '8', '8GiBs']) expect(text).not.toMatch(size);
});

test.each(Object.entries(snippets))('snippet "%s" is free of errors', (_, { prefix, body }) => {
  const text = expand(body);
  const whole = [prefix].flat()[0]!.startsWith('recipe');
  const rest = ['version: 1', 'model: { path: m }', 'adapters: [{ method: lora }]'];
  const around = whole ? '' : rest.filter((line) => !line.startsWith(`${[prefix].flat()[0]}:`)).join('\n');
  expect(parseRecipe(`${around}\n${text}`, methods).diagnostics).toEqual([]);
});
