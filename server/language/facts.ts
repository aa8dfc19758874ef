/** A recipe's numbers on its model, as markdown for hovers. Empty where they are not known. */
import { bytes, count, percent, shortCount } from '../base/units.ts';
import { keeper } from '../budget/kept.ts';
import { limitsOf } from '../budget/limits.ts';
import type { Claim } from '../budget/types.ts';
import type { Alike } from '../budget/under-method.ts';
import { methodOf } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import { memoryTable } from './comparison.ts';
import { entryClaims } from './entry-claims.ts';
import { left } from './inlays.ts';
import type { RecipeState } from './state.ts';

/** Rows of a table and names of a list; output stays bounded however large the model is. */
const rows = 12;

/** A recipe, or a saved adapter read as one. */
type Judged = Pick<RecipeState, 'analysis' | 'world'>;

/** What the method does and where it comes from. */
export function methodText(method: Method): string {
  return `${method.doc}\n\n[${method.paper.title}](${method.paper.url})`;
}

/**
 * How an entry's count comes about:
 * "r·(m + n) = 8·(1024 + 1024) = 16,384 × 48 matrices = 786,432, 0.22% of 355M", or a table where matrices differ.
 */
export const entryFacts = (judged: Judged, index: number): string =>
  factsKept(judged.analysis, String(index), () => countFacts(judged, index));

/** The pointer visits many characters of one text. */
const factsKept = keeper<string>();

function countFacts({ analysis, world }: Judged, index: number): string {
  const { places: claims, groups: unsorted } = entryClaims(analysis, index);
  // The claim's entry, not the text's: a saved adapter says its method in its own files.
  const method = methodOf(claims[0]?.entry.method ?? '');
  if (!method || !world.model) return '';
  const total = claims.reduce((sum, claim) => sum + claim.trainable, 0);
  const base = world.model.table.totalParameters;
  const share = `${percent(total / base)} of ${shortCount(base)}`;
  const groups = [...unsorted].sort((a, b) => sizeOf(b) - sizeOf(a));
  const [only] = groups;
  const unit = method.kind === 'matrices' ? 'matrices' : 'modules';
  if (groups.length === 1 && only)
    return `${method.formula} = ${formulaOf(method, only)} × ${count(only.count)} ${unit} = **${count(total)}**, ${share}`;
  const table = groups.slice(0, rows).map((group) => {
    const { m, n } = group.place.module;
    return `| ${m}×${n} | ${formulaOf(method, group)} | ${count(group.count)} | ${count(sizeOf(group))} |`;
  });
  const rest = groups.slice(rows);
  if (rest.length > 0) {
    const others = rest.reduce((sum, group) => sum + group.count, 0);
    const size = rest.reduce((sum, group) => sum + sizeOf(group), 0);
    table.push(`| others | | ${count(others)} | ${count(size)} |`);
  }
  return [
    `${method.formula}, **${count(total)}** in all, ${share}`,
    `| shape | each | ${unit} | trainable |\n|---|---|--:|--:|\n${table.join('\n')}`,
  ].join('\n\n');
}

const formulaOf = (method: Method, { place: { module, settings } }: Alike): string => method.filledIn(module, settings);

const sizeOf = ({ place, count: number }: Alike<Claim>): number => number * place.trainable;

/** The modules that the target pattern at a recipe path matches. */
export function patternFacts({ analysis }: Pick<Judged, 'analysis'>, path: string): string {
  const coverage = analysis.coverage.find(({ field }) => field === path);
  if (!coverage) return '';
  const { pattern, modules, layers, ofLayers } = coverage;
  if (modules.length === 0) return `\`${pattern}\` matches no module.`;
  const names = modules.slice(0, rows).map((name) => `- \`${name}\``);
  if (modules.length > rows) names.push(`- and ${count(modules.length - rows)} more`);
  const reach = layers > 0 ? ` in ${layers} of ${ofLayers} layers` : '';
  return `\`${pattern}\` matches ${count(modules.length)} ${modules.length === 1 ? 'module' : 'modules'}${reach}:\n\n${names.join('\n')}`;
}

/** What is used and what is left; of one limit, or of both. */
export function budgetFacts(state: RecipeState, only?: string): string {
  const { recipe, world } = state;
  const { estimate } = state.analysis;
  if (!estimate || !world.model) return '';
  const { adapterParameters, memory } = estimate;
  const limits = limitsOf(recipe.partial, world.model.table, world.deviceMemory);
  const of = (limit: number | undefined, need: number, text: (n: number) => string): string =>
    limit === undefined ? '' : ` of ${text(limit)}, ${left(limit - need, text)}`;
  const lines: string[] = [];
  if (only !== 'memory')
    lines.push(`Adapter parameters: **${count(adapterParameters)}**${of(limits.trainable, adapterParameters, count)}`);
  if (only !== 'trainable') {
    const { expected } = memory;
    const room = of(limits.memory, expected, bytes);
    lines.push(...(room === '' ? [] : [`Memory: **${bytes(expected)}**${room}`]), memoryTable(state));
  }
  return lines.join('\n\n');
}

/** What the model is, from its config.json. */
export function modelFacts({ world: { model } }: Pick<Judged, 'world'>): string {
  if (!model) return '';
  const { architecture, totalParameters, layers, shape } = model.table;
  const sizes = `${layers} layers, hidden size ${shape.hidden}, ${shape.heads} heads, vocabulary of ${count(shape.vocab)}`;
  return `\`${architecture}\`: ${count(totalParameters)} parameters (${shortCount(totalParameters)}), ${sizes}`;
}

/** Files and columns of a split, from the heads of the files. */
export function dataFacts({ world }: RecipeState, split: 'train' | 'validation'): string {
  const facts = world.data?.[split];
  if (!facts || facts.files.length === 0) return '';
  const files = facts.files.length === 1 ? '1 file' : `${count(facts.files.length)} files`;
  const columns = facts.columns.slice(0, rows).map((name) => `\`${name}\``);
  return `${files}${facts.format ? ` of ${facts.format}` : ''}; columns: ${columns.join(', ') || 'none seen'}`;
}
