/** Which evaluation is the best so far, and when there has been none better for too long: `training.metric` and `training.early_stopping`. */
import { type Metric, metricOf, valueIn } from '../metrics/metrics.ts';
import type { TrainingSection } from '../recipe/types.ts';
import type { Evaluation } from './evaluate.ts';
import type { Progress } from './state.ts';

/** Chosen from the evaluations of training; the one before the first step is none of them. */
export interface Best extends Evaluation {
  step: number;
  /** What the metric was then. */
  value: number;
}

/**
 * As transformers does it: any improvement is the new best; one of at most `min_delta` does not reset the patience. What it knows is in
 * `Progress`, and so in every checkpoint.
 */
export class Selection {
  readonly metric: string;
  private readonly better: Metric['better'];
  private readonly stopping: TrainingSection['early_stopping'];

  /** Throws `unknown-metric`. */
  constructor({ metric = 'loss', early_stopping }: TrainingSection, task: string, labels?: number) {
    this.metric = metric;
    this.better = metricOf(metric, task, labels).better;
    this.stopping = early_stopping;
  }

  /** Takes the evaluation at `progress.step` into account; true where it is the best so far. One that lacks the metric is no improvement. */
  note(progress: Progress, evaluation: Evaluation): boolean {
    const value = valueIn(evaluation, this.metric);
    const gain = value === undefined ? Number.NaN : this.gain(value, progress.best?.value);
    progress.stale = gain > (this.stopping?.min_delta ?? 0) ? 0 : (progress.stale ?? 0) + 1;
    if (value === undefined || !(gain > 0)) return false;
    const { loss, metrics } = evaluation;
    progress.best = { step: progress.step, value, loss, metrics };
    return true;
  }

  /** Why training ends here, if it does. */
  stop({ stale = 0, best, step }: Progress): { step: number; reason: string } | undefined {
    if (!this.stopping || stale < this.stopping.patience) return undefined;
    const { patience, min_delta } = this.stopping;
    const by = min_delta > 0 ? ` by more than ${min_delta}` : '';
    const since = best ? `, the best is that of step ${best.step}` : '';
    const evaluations = patience === 1 ? 'one evaluation' : `${patience} evaluations in a row`;
    return { step, reason: `${this.metric} has not improved${by} in ${evaluations}${since}` };
  }

  private gain(value: number, best: number | undefined): number {
    if (best === undefined) return Number.POSITIVE_INFINITY;
    return this.better === 'lower' ? best - value : value - best;
  }
}

/** Undefined where the result is the last step: nothing was said of a best one, or there is nothing to evaluate on. */
export function selectionOf(
  settings: TrainingSection,
  { task, numLabels }: { task: string; numLabels?: number },
  evaluates: boolean,
): Selection | undefined {
  const asked = settings.metric !== undefined || settings.early_stopping !== undefined;
  return asked && evaluates ? new Selection(settings, task, numLabels) : undefined;
}
