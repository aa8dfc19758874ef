/**
 * The model of a recipe as text: a line a module with its shape, kind, parameters and type, layer by layer, and what the recipe makes of
 * it. Layers are indented, so that editors fold them.
 */
import path from 'node:path';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { sizeOf } from '../base/tensor.ts';
import { count, shortCount } from '../base/units.ts';
import type { Analysis } from '../budget/types.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { hasRank, methodOf } from '../methods/registry.ts';
import type { Range } from '../protocol/diagnostics.ts';

export const outlineScheme = 'rankwise-model';

export interface Outline {
  text: string;
  /** Where the name of each module stands. */
  rangeOf: ReadonlyMap<string, Range>;
  /** Where the heading of each layer stands. */
  layerAt: ReadonlyMap<number, Range>;
}

/** A document of the recipe at `uri`; its last part is what a tab shows. */
export const outlineUri = (uri: string, { dir }: Pick<ModelFacts, 'dir'>): string =>
  `${outlineScheme}:/${encodeURIComponent(path.basename(dir) || 'model')}.rankwise-model?${encodeURIComponent(uri)}`;

const placesOf = new WeakMap<ModelFacts, Pick<Outline, 'rangeOf' | 'layerAt'>>();

/** Where modules and layers stand, whatever a recipe makes of them: kept as long as the model is. */
export function outlinePlaces(model: ModelFacts): Pick<Outline, 'rangeOf' | 'layerAt'> {
  const known = placesOf.get(model);
  if (known) return known;
  const { rangeOf, layerAt } = outlineOf(model, { claims: [], saved: [] });
  placesOf.set(model, { rangeOf, layerAt });
  return { rangeOf, layerAt };
}

/** Lines stay the same whatever the recipe claims: only their ends differ. */
export function outlineOf(model: ModelFacts, analysis: Pick<Analysis, 'claims' | 'saved'>): Outline {
  const notes = notesOf(analysis);
  const lines = heading(model);
  const rangeOf = new Map<string, Range>();
  const layerAt = new Map<number, Range>();
  const add = (line: string, start: number, length: number): Range => {
    lines.push(line);
    const at = lines.length - 1;
    return { start: { line: at, character: start }, end: { line: at, character: start + length } };
  };
  for (const { layer, modules } of groupsOf(model.table)) {
    lines.push('');
    const rows = rowsOf(modules, model);
    const indent = layer === undefined ? '' : '  ';
    if (layer !== undefined) {
      const title = `layer ${layer}`;
      layerAt.set(layer, add(`${title} · ${count(parametersOf(modules))} parameters`, 0, title.length));
    }
    modules.forEach(({ name }, i) => {
      const note = notes.get(name);
      const line = `${indent}${rows[i]}${note === undefined ? '' : `  ← ${note}`}`;
      rangeOf.set(name, add(line, indent.length, name.length));
    });
  }
  return { text: `${lines.join('\n')}\n`, rangeOf, layerAt };
}

function heading({ dir, table, hasWeights, dtypeOf }: ModelFacts): string[] {
  const layers = table.layers === 1 ? '1 layer' : `${table.layers} layers`;
  const size = `${count(table.totalParameters)} parameters (${shortCount(table.totalParameters)})`;
  const stored = [...new Set(dtypeOf?.values())].sort().join(', ');
  const weights = hasWeights ? `weights stored as ${stored}` : 'no weights: sizes from config.json';
  return [`# ${table.architecture} · ${size} · ${layers}`, `# ${dir}`, `# ${weights}`];
}

/** Modules of one layer together, in the order of the model. */
function groupsOf({ modules }: ModuleTable): { layer: number | undefined; modules: Module[] }[] {
  const groups: { layer: number | undefined; stack: string; modules: Module[] }[] = [];
  for (const module of modules) {
    // An encoder and a decoder count their layers apart.
    const stack = module.layer === undefined ? '' : module.name.split(`.${module.layer}.`)[0]!;
    const last = groups.at(-1);
    if (last && last.layer === module.layer && last.stack === stack) last.modules.push(module);
    else groups.push({ layer: module.layer, stack, modules: [module] });
  }
  return groups;
}

/** Names, kinds, shapes, counts and types in columns. */
function rowsOf(modules: readonly Module[], { dtypeOf }: ModelFacts): string[] {
  const cells = modules.map((module) => [
    module.name,
    module.kind,
    Object.entries(module.parameters)
      .map(([name, shape]) => `${name} [${shape.join(', ')}]`)
      .join(' '),
    module.tiedTo === undefined ? count(parametersOf([module])) : `tied to ${module.tiedTo}`,
    [...new Set(Object.keys(module.parameters).flatMap((name) => dtypeOf?.get(`${module.name}.${name}`) ?? []))].join(
      ', ',
    ),
  ]);
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

const parametersOf = (modules: readonly Module[]): number =>
  modules.reduce(
    (sum, { tiedTo, parameters }) =>
      tiedTo === undefined ? sum + Object.values(parameters).reduce((s, shape) => s + sizeOf(shape), 0) : sum,
    0,
  );

/** "attention: LoRA, rank 8, 16,384 trainable" by module. */
function notesOf({ claims, saved }: Pick<Analysis, 'claims' | 'saved'>): Map<string, string> {
  const notes = new Map<string, string>();
  for (const { module, trainable } of saved) notes.set(module.name, `trained in full, ${count(trainable)} trainable`);
  for (const { entry, module, settings, trainable } of claims) {
    const method = methodOf(entry.method);
    const rank = method && hasRank(method) ? `, rank ${settings.rank}` : '';
    notes.set(module.name, `${entry.name}: ${method?.title ?? entry.method}${rank}, ${count(trainable)} trainable`);
  }
  return notes;
}
