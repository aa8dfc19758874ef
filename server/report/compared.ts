/** A run as comparisons show it, from its record, its recipe and its events. Pure. */
import { haltedText } from '../metrics/halving.ts';
import { lowerIsBetter } from '../metrics/metrics.ts';
import type { ComparedRun, Scores } from '../protocol/comparison.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { History } from './history.ts';
import { setupOf } from './setup.ts';

/**
 * @param recipe text of recipe.peft, where there is one.
 * @param history needed only for runs without a result; without it they have no scores.
 */
export function comparedRun(record: RunRecord, recipe: string | undefined, history?: History): ComparedRun {
  const { run, id, name, state, model, step, totalSteps, createdAt, result, pinned } = record;
  const setup = recipe === undefined ? undefined : setupOf(recipe);
  const base = scoresOf(result?.base) ?? scoresOf(history?.evaluations.find((evaluation) => evaluation.step === 0));
  const made = scoresOf(result?.adapted);
  const scores = made ?? (result ? undefined : bestSoFar(history, setup?.metric));
  const trainable = finite(result?.trainableParameters ?? history?.trainable);
  const all = history?.all;
  const percent = finite(result?.percent ?? (trainable !== undefined && all ? (100 * trainable) / all : undefined));
  const swept = Object.entries(record.sweep?.values ?? {}).map(([path, value]) => [
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    ...(setup ?? { methods: record.method.split('+'), size: '', configuration: run, settings: {} }),
    run,
    id,
    name,
    state,
    ...(record.halted && { halted: true as const }),
    model,
    step,
    totalSteps,
    createdAt,
    ...(swept.length > 0 && { swept: Object.fromEntries(swept) as Record<string, string> }),
    ...(trainable !== undefined && { trainable }),
    ...(percent !== undefined && { percent }),
    ...defined('adapterBytes', finite(result?.adapterBytes)),
    ...defined('seconds', finite(result?.seconds)),
    ...(base && { base }),
    ...(scores && { scores }),
    ...(scores && !made && { provisional: true as const }),
    ...(pinned && { backend: [pinned.backend, pinned.provider].filter((part) => part).join(' ') }),
    notes: notesOf(record, setup !== undefined, scores !== undefined),
  };
}

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const defined = <K extends string>(key: K, value: number | undefined) =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, number>>;

/** Older runs and diverged ones have losses that are no numbers: such are left out. */
function scoresOf(measured: { loss?: unknown; metrics?: unknown } | undefined): Scores | undefined {
  if (!measured) return undefined;
  const all = Object.entries({ loss: measured.loss, ...(measured.metrics as Record<string, unknown> | undefined) });
  const known = all.filter(([, value]) => finite(value) !== undefined) as [string, number][];
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

function bestSoFar(history: History | undefined, metric = 'loss'): Scores | undefined {
  const sign = lowerIsBetter(metric) ? -1 : 1;
  let best: Scores | undefined;
  for (const evaluation of history?.evaluations ?? []) {
    const scores = evaluation.step > 0 ? scoresOf(evaluation) : undefined;
    if (scores && (!best || sign * ((scores[metric] ?? scores.loss)! - (best[metric] ?? best.loss)!) > 0))
      best = scores;
  }
  return best;
}

function notesOf(record: RunRecord, known: boolean, scored: boolean): string[] {
  const { state, error, result, check } = record;
  const halted = haltedText(record);
  return [
    ...(state === 'missing' ? ['The run directory is not there: it was moved or deleted.'] : []),
    ...(state !== 'missing' && !known ? ['recipe.peft is missing or cannot be read.'] : []),
    ...(halted ? [`By halving: ${halted}.`] : []),
    ...(record.overBudget ? ['Stopped when the budget of its sweep was used up.'] : []),
    ...(error ? [`${error.code}: ${error.message}`] : []),
    ...(result?.stopped ? [`Stopped early at step ${result.stopped.step}: ${result.stopped.reason}`] : []),
    ...(result && !scored ? ['No validation data: nothing was measured.'] : []),
    ...(check?.outcome === 'differs' ? ['The compiled steps differed from the reference and were not used.'] : []),
  ];
}
