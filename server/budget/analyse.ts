/** Everything that can be said of a recipe: what it claims, what it costs, and what is wrong with it. */
import type { Diagnostic, Fix, Severity } from '../protocol/diagnostics.ts';
import { entryFieldEdits } from '../recipe/entry-fields.ts';
import { byPosition, clip, maxDiagnostics } from '../recipe/findings.ts';
import type { AdapterEntry, Recipe, RecipeDocument } from '../recipe/types.ts';
import { claimAgain, matchRecipe } from './claims.ts';
import { estimateClaims } from './estimate.ts';
import type { Finding } from './finding.ts';
import { autoSize, smallestSize } from './fit.ts';
import { limitsOf } from './limits.ts';
import { rules } from './rules/registry.ts';
import type { Counted } from './rules/rule.ts';
import { withSavedAdapters } from './saved.ts';
import { autoFields, withSize } from './sizes.ts';
import type { Analysis, World } from './types.ts';

/**
 * Judges a recipe by what is known of the world; whatever is missing from `world` is not judged. Pure and bounded: at most
 * 200 diagnostics, no I/O. Half-typed recipes are counted as far as they can be read.
 */
export function analyse(document: RecipeDocument, world: World): Analysis {
  const saved = withSavedAdapters(document.partial, document, world);
  const { recipe, counted, size } = countRecipe(saved.recipe, world);
  const diagnostics = [...document.diagnostics];
  const add = (findings: readonly Finding[], usual: Severity | 'off'): void => {
    for (const finding of findings) {
      const severity = finding.severity ?? usual;
      const set = severity === 'error' && world.launch ? severity : (world.severities?.[finding.code] ?? severity);
      if (set !== 'off' && diagnostics.length < maxDiagnostics) diagnostics.push(diagnosticOf(finding, set, document));
    }
  };
  add(saved.findings, 'error');
  for (const rule of rules) {
    const severity = (world.launch ? rule.atLaunch : undefined) ?? rule.severity;
    add(rule.check({ document, recipe, world, counted }), severity);
  }
  const good = !diagnostics.some((d) => d.severity === 'error') && !recipe.adapters.some(isAuto);
  return {
    diagnostics: diagnostics.sort(byPosition),
    claims: [...(counted?.claims ?? [])],
    saved: counted?.saved ?? [],
    coverage: [...(counted?.coverage ?? [])],
    ...(counted && { estimate: counted.estimate }),
    // Entries that go on from a saved adapter keep nothing but its path: its files say the rest at launch, too.
    ...(good && { recipe: withSize(document.partial, size) }),
    methods: recipe.adapters.map(({ method }) => method),
  };
}

/** Resolves `auto`, then counts; undefined `counted` without a model. */
function countRecipe(
  recipe: Recipe,
  world: World,
): { recipe: Recipe; counted: Counted | undefined; size: number | undefined } {
  const table = world.model?.table;
  if (!table) return { recipe, counted: undefined, size: undefined };
  const matching = matchRecipe(recipe, table);
  const limits = limitsOf(recipe, table, world.deviceMemory);
  const wanted = recipe.adapters.some(isAuto);
  const limited = limits.trainable !== undefined || limits.memory !== undefined;
  const size = wanted && limited ? autoSize(recipe, table, matching, limits) : undefined;
  // Where not even the smallest fits, the numbers are the smallest's.
  const claims = claimAgain(matching, size ?? (wanted && limited ? smallestSize(matching) : undefined));
  const counted: Counted = {
    table,
    claims,
    saved: matching.saved,
    biases: matching.biases,
    coverage: matching.coverage,
    matched: matching,
    matching: matching.findings,
    estimate: estimateClaims(recipe, table, { ...matching, claims }),
    limits,
  };
  return { recipe: withSize(recipe, size), counted, size };
}

const isAuto = (entry: AdapterEntry): boolean => autoFields(entry).length > 0;

function diagnosticOf(
  { code, message, path, onKey, replace, set }: Finding,
  severity: Severity,
  document: RecipeDocument,
): Diagnostic {
  const value = document.rangeOf(path);
  const range = (onKey ? document.keyRangeOf(path) : undefined) ?? value ?? document.anchorOf(path);
  const field = typeof path === 'string' ? path : path.join('.');
  const replacing = value ? (replace ?? []) : [];
  const fixes: Fix[] = [
    ...replacing.map(({ title, text }) => ({
      title,
      edits: [{ range: value!, newText: text }],
      preferred: true,
    })),
    ...(set ?? []).flatMap((fix) => settingFix(fix, document)),
  ];
  return {
    code,
    severity,
    message: clip(message, 600),
    range,
    field: clip(field, 200),
    ...(fixes.length > 0 && { fixes }),
  };
}

/** None where the text does not let it. */
function settingFix({ title, entries }: NonNullable<Finding['set']>[number], { text }: RecipeDocument): Fix[] {
  const edits = [...entries].map(([index, changes]) => entryFieldEdits(text, index, changes));
  const all = edits.filter((edit) => edit !== undefined);
  return all.length === edits.length ? [{ title, edits: all.flat(), preferred: true }] : [];
}
