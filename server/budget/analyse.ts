/** Everything that can be said of a recipe: what it claims, what it costs, and what is wrong with it. */
import type { Diagnostic, Severity } from '../protocol/diagnostics.ts';
import { byPosition, clip, maxDiagnostics } from '../recipe/findings.ts';
import type { Recipe, RecipeDocument } from '../recipe/types.ts';
import { claimMatched, matchRecipe } from './claims.ts';
import { estimateClaims } from './estimate.ts';
import type { Finding } from './finding.ts';
import { autoRank, limitsOf, withRank } from './limits.ts';
import { rules } from './rules/registry.ts';
import type { Counted } from './rules/rule.ts';
import { withSavedAdapters } from './saved.ts';
import type { Analysis, World } from './types.ts';

/**
 * Judges a recipe by what is known of the world; whatever is missing from `world` is not judged. Pure and bounded: at most
 * 200 diagnostics, no I/O. Half-typed recipes are counted as far as they can be read.
 */
export function analyse(document: RecipeDocument, world: World): Analysis {
  const saved = withSavedAdapters(document.partial, document, world);
  const { recipe, counted, rank } = countRecipe(saved.recipe, world);
  const diagnostics = [...document.diagnostics];
  const add = (findings: readonly Finding[], usual: Severity): void => {
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
  const good = !diagnostics.some((d) => d.severity === 'error') && !recipe.adapters.some((a) => a.rank === 'auto');
  return {
    diagnostics: diagnostics.sort(byPosition),
    claims: [...(counted?.claims ?? [])],
    saved: counted?.saved ?? [],
    coverage: [...(counted?.coverage ?? [])],
    ...(counted && { estimate: counted.estimate }),
    // Entries that go on from a saved adapter keep nothing but its path: its files say the rest at launch, too.
    ...(good && { recipe: withRank(document.partial, rank) }),
    methods: recipe.adapters.map(({ method }) => method),
  };
}

/** Resolves `auto`, then counts; undefined `counted` without a model. */
function countRecipe(
  recipe: Recipe,
  world: World,
): { recipe: Recipe; counted: Counted | undefined; rank: number | undefined } {
  const table = world.model?.table;
  if (!table) return { recipe, counted: undefined, rank: undefined };
  const matching = matchRecipe(recipe, table);
  const limits = limitsOf(recipe, table, world.deviceMemory);
  const wanted = recipe.adapters.some((entry) => entry.rank === 'auto');
  const limited = limits.trainable !== undefined || limits.memory !== undefined;
  const rank = wanted && limited ? autoRank(recipe, table, matching, limits) : undefined;
  const claims = claimMatched(matching, rank);
  const counted: Counted = {
    table,
    claims,
    saved: matching.saved,
    biases: matching.biases,
    coverage: matching.coverage,
    matching: matching.findings,
    estimate: estimateClaims(recipe, table, { ...matching, claims }),
    limits,
  };
  return { recipe: withRank(recipe, rank), counted, rank };
}

function diagnosticOf(
  { code, message, path, onKey, replace }: Finding,
  severity: Severity,
  document: RecipeDocument,
): Diagnostic {
  const value = document.rangeOf(path);
  const range = (onKey ? document.keyRangeOf(path) : undefined) ?? value ?? document.anchorOf(path);
  const field = typeof path === 'string' ? path : path.join('.');
  const fixes =
    value && replace?.map(({ title, text }) => ({ title, edits: [{ range: value, newText: text }], preferred: true }));
  return {
    code,
    severity,
    message: clip(message, 600),
    range,
    field: clip(field, 200),
    ...(fixes?.length && { fixes }),
  };
}
