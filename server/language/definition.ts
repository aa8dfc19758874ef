/** Go to definition: from what names modules to their lines in the model outline, from paths to the files. */
import type { DefinitionLink, Position, Range } from 'vscode-languageserver-types';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { matchesItem, matchSaved, matchText } from '../budget/match.ts';
import { methodOf } from '../methods/registry.ts';
import type { FieldHit } from '../recipe/types.ts';
import { linksOf } from './links.ts';
import { outlinePlaces, outlineUri } from './outline.ts';
import type { RecipeState } from './state.ts';

const start: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** One link per matched module or file; none where nothing is known. */
export function definitionAt(state: RecipeState, position: Position): DefinitionLink[] {
  const file = linksOf(state).find(({ range }) => contains(range, position));
  if (file?.target !== undefined)
    return [
      { originSelectionRange: file.range, targetUri: file.target, targetRange: start, targetSelectionRange: start },
    ];
  const { model } = state;
  const hit = state.recipe.valueAt(position);
  const [section, index] = hit?.keys ?? [];
  if (!model || !hit || section !== 'adapters' || typeof index !== 'number') return [];
  const outline = outlinePlaces(model);
  const link = (targetRange: Range): DefinitionLink => ({
    originSelectionRange: hit.range,
    targetUri: outlineUri(state.uri, model),
    targetRange,
    targetSelectionRange: targetRange,
  });
  if (hit.keys[2] === 'layers_to_transform') {
    const layers = state.recipe.partial.adapters[index]?.layers_to_transform ?? 'all';
    const one =
      typeof hit.keys[3] === 'number' && layers !== 'all' ? layers.slice(hit.keys[3], hit.keys[3] + 1) : layers;
    return [...outline.layerAt].flatMap(([layer, range]) =>
      one === 'all' || one.includes(layer) ? [link(range)] : [],
    );
  }
  return modulesNamedBy(state, hit, index, model.table).flatMap((name) => {
    const range = outline.rangeOf.get(name);
    return range ? [link(range)] : [];
  });
}

/** The modules, by name and in the order of the model, that a field of an entry, or the item or key that was hit, stands for. */
function modulesNamedBy({ analysis, recipe }: RecipeState, hit: FieldHit, index: number, table: ModuleTable): string[] {
  const entry = recipe.partial.adapters[index];
  const [, , field, item] = hit.keys;
  const claims = analysis.claims.filter((claim) => claim.index === index);
  const among = (values: string | string[] | undefined): string[] =>
    typeof item === 'number' ? [values ?? []].flat().slice(item, item + 1) : [values ?? []].flat();
  switch (field) {
    case 'target_modules':
      return analysis.coverage
        .filter((c) => c.field === hit.path || (item === undefined && c.field.startsWith(`${hit.path}.`)))
        .flatMap((c) => c.modules);
    case 'method':
      return claims.map(({ module }) => module.name);
    case 'rank_pattern':
      return claims.flatMap(({ module, rankKey }) =>
        rankKey !== undefined && (item === undefined || rankKey === item) ? [module.name] : [],
      );
    case 'alpha_pattern':
      return claims.flatMap(({ module, alphaKey }) =>
        alphaKey !== undefined && (item === undefined || alphaKey === item) ? [module.name] : [],
      );
    case 'exclude_modules':
      return names(excluded(table, entry?.exclude_modules, among));
    case 'modules_to_save':
      return names(among(entry?.modules_to_save).flatMap((name) => matchSaved(table, name)));
  }
  const listed = methodOf(entry?.method ?? '')?.moduleFields?.includes(String(field))
    ? entry?.options[String(field)]
    : [];
  const ends = among(Array.isArray(listed) ? listed.map(String) : []);
  return claims.flatMap(({ module }) => (ends.some((end) => module.name.endsWith(end)) ? [module.name] : []));
}

function excluded(
  table: ModuleTable,
  value: string | string[] | undefined,
  among: (values: string[]) => string[],
): Module[] {
  if (typeof value === 'string') {
    const matches = matchText(table, value);
    return 'modules' in matches ? [...matches.modules] : [];
  }
  const items = among(value ?? []);
  return table.modules.filter((module) => items.some((item) => matchesItem(module, item)));
}

const names = (modules: readonly Module[]): string[] => [...new Set(modules.map(({ name }) => name))];

const contains = ({ start, end }: Range, { line, character }: Position): boolean =>
  (line > start.line || (line === start.line && character >= start.character)) &&
  (line < end.line || (line === end.line && character <= end.character));
