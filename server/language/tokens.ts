/**
 * Semantic tokens: what the grammar cannot know. Fields that are, modules that the model has, methods, sizes with their units, files that are
 * there. package.json says which scopes of the grammar they are drawn as.
 */
import { SemanticTokensBuilder, type SemanticTokensLegend } from 'vscode-languageserver';
import type { Range } from 'vscode-languageserver-types';
import { matchesItem, matchSaved, matchText } from '../budget/match.ts';
import { methodOf } from '../methods/registry.ts';
import type { FieldSpec, LocatedField } from '../recipe/types.ts';
import { isThere } from './links.ts';
import { isReadable, type RecipeState } from './state.ts';

const types = [
  'peftSection',
  'peftField',
  'peftMethod',
  'peftModule',
  'peftPath',
  'number',
  'peftUnit',
  'enumMember',
] as const;
/** `missing`: the model has no such module, or there is no such file. */
const modifiers = ['missing'] as const;
export const tokensLegend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

interface Token {
  start: number;
  length: number;
  type: (typeof types)[number];
  missing?: boolean;
}

/** In the order of the text; of the lines of `range` only where it is given. Tokens never span lines. */
export function tokensOf(state: RecipeState, range?: Range): number[] {
  const builder = new SemanticTokensBuilder();
  if (!isReadable(state)) return builder.build().data;
  const tokens = [...state.recipe.fields()].flatMap((field) => tokensOfField(state, field));
  tokens.sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, length, type, missing } of tokens) {
    const at = state.document.positionAt(start);
    // An alias stands for its anchor's tokens: these come twice.
    if (start < end || (range && (at.line < range.start.line || at.line > range.end.line))) continue;
    end = start + length;
    builder.push(at.line, at.character, length, types.indexOf(type), missing ? 1 : 0);
  }
  return builder.build().data;
}

function tokensOfField(state: RecipeState, { keys, key, value, field }: LocatedField): Token[] {
  const named = key ? keyToken(state, keys, key, field) : [];
  return [...named, ...(field ? valueTokens(state, keys, value, field) : [])];
}

function keyToken(state: RecipeState, keys: LocatedField['keys'], range: Range, field: FieldSpec | undefined): Token[] {
  const own = keys.at(-1);
  // Keys of maps are no fields: module names and columns.
  if (keys.length === 4 && (keys[2] === 'rank_pattern' || keys[2] === 'alpha_pattern')) {
    const used = state.analysis.claims.some(
      ({ index, rankKey, alphaKey }) => index === keys[1] && own === (keys[2] === 'rank_pattern' ? rankKey : alphaKey),
    );
    return state.model ? word(state, range, 'peftModule', !used) : [];
  }
  if (!field || field.name !== own) return [];
  return word(state, range, keys.length === 1 ? 'peftSection' : 'peftField');
}

function valueTokens(state: RecipeState, keys: LocatedField['keys'], range: Range, field: FieldSpec): Token[] {
  if (range.start.line !== range.end.line) return [];
  const [section, index, name] = keys;
  const written = textOf(state, range);
  if (section === 'adapters' && typeof index === 'number') {
    if (name === 'method') return methodOf(written) ? word(state, range, 'peftMethod') : [];
    if (name === 'path') {
      const saved = state.world.savedAdapters?.[written];
      return saved ? word(state, range, 'peftPath', 'error' in saved) : [];
    }
    const matched = moduleMatches(state, keys);
    if (matched !== undefined) return word(state, range, 'peftModule', !matched);
  }
  if (section === 'model' && index === 'path') {
    if (state.world.modelError) return word(state, range, 'peftPath', true);
    return state.model ? word(state, range, 'peftPath') : [];
  }
  if (section === 'data' && (index === 'train' || index === 'validation')) {
    const there = isThere(state, index, written);
    if (there !== undefined && !written.startsWith('[')) return word(state, range, 'peftPath', !there);
  }
  return plain(state, range, field);
}

/** Whether the model has what an item names; undefined where that is not known, or the value names no module. */
function moduleMatches({ model, analysis, recipe }: RecipeState, keys: LocatedField['keys']): boolean | undefined {
  const [, index, name, item] = keys;
  const entry = recipe.partial.adapters[Number(index)];
  if (!model || !entry || !(name === 'target_modules' || name === 'exclude_modules' || name === 'modules_to_save'))
    return undefined;
  const value = entry[name];
  const own = Array.isArray(value) && typeof item === 'number' ? value[item] : value;
  if (typeof own !== 'string') return undefined;
  if (name === 'target_modules')
    return (analysis.coverage.find(({ field }) => field === keys.join('.'))?.modules.length ?? 0) > 0;
  if (name === 'modules_to_save') return matchSaved(model.table, own).length > 0;
  if (Array.isArray(value)) return model.table.modules.some((module) => matchesItem(module, own));
  const matches = matchText(model.table, own);
  return 'modules' in matches && matches.modules.size > 0;
}

/** Numbers, sizes with their units, and the words of a choice. */
function plain(state: RecipeState, range: Range, field: FieldSpec): Token[] {
  const start = state.document.offsetAt(range.start);
  const written = state.document.getText(range);
  const size = /^(\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(\s?)(k|M|B|[KMGT]i?B|%|s|m|min|h|d)?$/.exec(written);
  if (size && field.type !== 'string' && field.type !== 'enum') {
    const [, digits, space, unit] = size;
    const number: Token = { start, length: digits!.length, type: 'number' };
    if (unit === undefined) return [number];
    return [number, { start: start + digits!.length + space!.length, length: unit.length, type: 'peftUnit' }];
  }
  const words = [...(field.values ?? []), ...(field.words ?? [])];
  return words.includes(textOf(state, range)) ? word(state, range, 'enumMember') : [];
}

/** Without quotes. */
const textOf = ({ document }: RecipeState, range: Range): string =>
  document.getText(range).replace(/^(['"])(.*)\1$/, '$2');

function word({ document }: RecipeState, range: Range, type: Token['type'], missing = false): Token[] {
  if (range.start.line !== range.end.line) return [];
  const start = document.offsetAt(range.start);
  const length = range.end.character - range.start.character;
  return length > 0 ? [{ start, length, type, ...(missing && { missing }) }] : [];
}
