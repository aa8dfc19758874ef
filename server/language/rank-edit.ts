/** `rankwise/rankEdit`: what is to be written into a recipe so that one matrix gets another rank, by PEFT's rule for `rank_pattern`. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ErrorData } from '../base/errors.ts';
import { analyse } from '../budget/analyse.ts';
import type { Claim } from '../budget/types.ts';
import { hasRank, methodOf, methods } from '../methods/registry.ts';
import type { Fix } from '../protocol/diagnostics.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { rankPatternEdits } from '../recipe/rank-pattern.ts';
import { inputError, refuse } from './refusals.ts';
import { spectrumOf } from './spectrum.ts';
import type { RecipeState } from './state.ts';

type Params = LanguageRequests['rankwise/rankEdit']['params'];
type Result = LanguageRequests['rankwise/rankEdit']['result'];

/**
 * Refusals: `recipe-not-open`, `model-not-known`, `not-claimed`, `saved-adapter`, `method-without-rank`, those of the method for
 * this rank (`rank-too-large`, …), and `recipe-not-editable` where the text does not let it.
 */
export function rankEdit(state: RecipeState | undefined, { matrix, rank }: Omit<Params, 'uri'>): Result {
  const about = spectrumOf(state);
  if (!state || 'diagnostics' in about) return refuse(state ? 'model-not-known' : 'recipe-not-open', noModel);
  const { analysis, document } = state;
  const claim = analysis.claims.find(({ module }) => module.name === matrix);
  const fault = refusal(claim, matrix, rank);
  if (!claim || fault) return { error: fault ?? notClaimed(matrix) };
  const { index, entry, rankKey, settings } = claim;
  if (settings.rank === rank && (rankKey !== undefined || entry.rank !== 'auto')) return { edits: [] };
  const edits = rankPatternEdits(document.getText(), {
    entry: index,
    // A regular expression, anchored at the end of the name; a dot in it may stay as it is.
    key: matrix.replace(/[\\^$*+?()[\]{}|]/g, '\\$&'),
    rank,
    present: rankKey,
    alone: analysis.claims.filter((other) => other.index === index && other.rankKey === rankKey).length === 1,
  });
  return edits && holds(state, edits, matrix, rank) ? { edits } : refuse('recipe-not-editable', notEditable);
}

function refusal(claim: Claim | undefined, matrix: string, rank: number): ErrorData | undefined {
  if (!claim) return notClaimed(matrix);
  const { entry, module, settings } = claim;
  const method = methodOf(entry.method);
  if (entry.path !== undefined || !method)
    return inputError('saved-adapter', `\`${entry.name}\` goes on from a saved adapter, whose files say its ranks.`);
  if (!hasRank(method)) return inputError('method-without-rank', `${method.title} has no rank.`);
  const limit = Math.min(module.m, module.n);
  if (!Number.isSafeInteger(rank) || rank < 1) return inputError('rank-too-small', 'A rank is an integer from 1 on.');
  if (rank > limit)
    return inputError(
      'rank-too-large',
      `Rank ${rank} is above min(m, n) = ${limit} of ${matrix} (${module.m}×${module.n}).`,
    );
  const [fault] = method.check(module, { ...settings, rank });
  return fault && inputError(fault.code, fault.message);
}

/** The text as it would be says what was meant: this matrix has the rank, and all others what they had, or what `auto` finds anew. */
function holds(state: RecipeState, edits: Fix['edits'], matrix: string, rank: number): boolean {
  const text = TextDocument.applyEdits(state.document, edits);
  const { claims } = analyse(parseRecipe(text, methods, state.recipe.partial.name), state.world);
  const before = state.analysis.claims;
  const asMeant = ({ module, settings }: Claim, was: Claim): boolean =>
    module.name === was.module.name &&
    (module.name === matrix
      ? settings.rank === rank
      : settings.rank === was.settings.rank || (was.entry.rank === 'auto' && was.rankKey === undefined));
  return claims.length === before.length && claims.every((claim, i) => asMeant(claim, before[i]!));
}

const noModel = 'What this recipe claims is not known: it is not open, or its model was not found.';
const notEditable = 'This rank cannot be written into the recipe: its text is faulty, or its `rank_pattern` is shared.';
const notClaimed = (matrix: string) =>
  inputError('not-claimed', `No adapter of this recipe claims ${matrix}.`, 'Add it to `target_modules` first.');
