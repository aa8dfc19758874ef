import type { Severity } from '../../protocol/diagnostics.ts';
import type { Recipe, RecipeDocument } from '../../recipe/types.ts';
import type { Matching } from '../claims.ts';
import type { Finding } from '../finding.ts';
import type { Limits } from '../limits.ts';
import type { Claim, Coverage, Estimate, SavedModule, TrainedBias, World } from '../types.ts';

/** What the model adds to a recipe's text. */
export interface Counted {
  table: NonNullable<World['model']>['table'];
  claims: readonly Claim[];
  saved: SavedModule[];
  biases: readonly TrainedBias[];
  coverage: readonly Coverage[];
  /** What the targets match, whatever the sizes. */
  matched: Matching;
  /** Faults met while matching targets. */
  matching: readonly Finding[];
  estimate: Estimate;
  limits: Limits;
}

export interface RuleContext {
  document: RecipeDocument;
  /** With `auto` resolved where that was possible. */
  recipe: Recipe;
  world: World;
  /** Undefined while the model is not known. */
  counted: Counted | undefined;
}

/** A semantic rule: everything it can find has one severity. */
export interface Rule {
  /** Codes that it reports, for settings and documentation; empty where they are those of faults met elsewhere. */
  codes: readonly string[];
  /** `off`: shown only where the settings ask for it. */
  severity: Severity | 'off';
  /** Severity when the recipe is about to run, where it differs. */
  atLaunch?: Severity;
  check(context: RuleContext): Finding[];
}
