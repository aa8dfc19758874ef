/** Counts written into the recipe: what each adapter trains, what each pattern matches, what the budget has left. */
import type { InlayHint, Position, Range } from 'vscode-languageserver-types';
import { bytes, count, percent } from '../base/units.ts';
import { limitsOf } from '../budget/limits.ts';
import { autoFields, fieldValue } from '../budget/sizes.ts';
import type { Coverage } from '../budget/types.ts';
import type { RecipeState } from './state.ts';

/** Module names in a tooltip. */
const listed = 20;

/** What `resolveInlay` needs to find the hint's modules again. */
interface HintData {
  uri: string;
  field: string;
}

export function inlayHints(state: RecipeState, range: Range): InlayHint[] {
  const hints = [...entryHints(state), ...autoHints(state), ...patternHints(state), ...budgetHints(state)];
  return hints.filter(({ position: { line } }) => line >= range.start.line && line <= range.end.line);
}

function entryHints({ recipe, analysis: { estimate } }: RecipeState): InlayHint[] {
  return (estimate?.adapters ?? []).flatMap((adapter, i) => {
    const at = recipe.rangeOf(['adapters', i, 'method']) ?? recipe.rangeOf(['adapters', i, 'path']);
    // Its targets match nothing, which is an error of its own.
    if (!at || adapter.trainable === 0) return [];
    return hint(
      at.end,
      // As PEFT counts percents, and as the code lens does: of all parameters, the adapters among them.
      `${count(adapter.trainable)} trainable · ${percent(adapter.trainable / estimate!.allParameters)}`,
    );
  });
}

/** What `auto` comes to; nothing while the recipe has errors, because then it was not chosen. */
function autoHints({ recipe, analysis }: RecipeState): InlayHint[] {
  return recipe.partial.adapters.flatMap((entry, i) =>
    autoFields(entry).flatMap(({ name }) => {
      const at = recipe.rangeOf(['adapters', i, name]);
      const known = analysis.recipe?.adapters[i];
      return at && known ? hint(at.end, `= ${fieldValue(known, name)}`) : [];
    }),
  );
}

function patternHints({ uri, recipe, analysis }: RecipeState): InlayHint[] {
  return analysis.coverage.flatMap((coverage) => {
    // Where PEFT's default targets hold there is no expression in the text: they are shown at the method.
    const written = recipe.rangeOf(coverage.field);
    const isEntry = /^adapters\.\d+$/.test(coverage.field);
    const at = isEntry ? recipe.rangeOf(`${coverage.field}.method`) : written;
    if (!at) return [];
    const label = isEntry ? `${coverage.pattern}: ${matched(coverage)}` : matched(coverage);
    return { ...hint(at.end, label), data: { uri, field: coverage.field } satisfies HintData };
  });
}

/** "24 modules", or "25 modules · 25 of 30 layers" where some layers have none. */
function matched({ modules, layers, ofLayers }: Coverage): string {
  const what =
    modules.length === 0 ? 'no module' : modules.length === 1 ? '1 module' : `${count(modules.length)} modules`;
  return layers > 0 && layers < ofLayers ? `${what} · ${layers} of ${ofLayers} layers` : what;
}

function budgetHints({ recipe, analysis: { estimate }, world }: RecipeState): InlayHint[] {
  if (!estimate || !world.model) return [];
  const limits = limitsOf(recipe.partial, world.model.table, world.deviceMemory);
  const used: [string, number | undefined, number, (n: number) => string][] = [
    ['budget.trainable', limits.trainable, estimate.adapterParameters, count],
    ['budget.memory', limits.memory, estimate.memory.expected, bytes],
  ];
  return used.flatMap(([field, limit, need, text]) => {
    const at = recipe.rangeOf(field);
    return at && limit !== undefined ? hint(at.end, `${text(need)} used · ${left(limit - need, text)}`) : [];
  });
}

export const left = (rest: number, text: (n: number) => string): string =>
  rest >= 0 ? `${text(rest)} left` : `${text(-rest)} too much`;

const hint = (position: Position, label: string): InlayHint => ({ position, label, paddingLeft: true });

/** Adds the matched modules' names as a tooltip. */
export function resolveInlay(hint: InlayHint, state: RecipeState | undefined): InlayHint {
  const field = (hint.data as HintData | undefined)?.field;
  const coverage = state?.analysis.coverage.find((c) => c.field === field);
  if (!coverage || coverage.modules.length === 0) return hint;
  const names = coverage.modules.slice(0, listed).map((name) => `- \`${name}\``);
  const more = coverage.modules.length - listed;
  if (more > 0) names.push(`- and ${count(more)} more`);
  return { ...hint, tooltip: { kind: 'markdown', value: names.join('\n') } };
}
