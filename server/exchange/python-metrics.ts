/** `training.metric` and `training.early_stopping` as the Trainer of transformers has them. */
import { lowerIsBetter } from '../metrics/metrics.ts';
import type { Recipe } from '../recipe/types.ts';
import { pythonCall } from './python-text.ts';

/** The Trainer measures the loss by itself, and the perplexity goes up and down with it. */
const own = new Set(['loss', 'perplexity']);

const classes = 'predictions.predictions.argmax(-1)';
const numbers = 'predictions.predictions.squeeze(-1)';
const score = (call: string, predicted: string, more = '') => ({
  package: 'sklearn.metrics',
  predicted,
  value: `sklearn.metrics.${call}(predictions.label_ids, predicted${more})`,
});
const correlation = (call: string) => ({
  package: 'scipy.stats',
  predicted: numbers,
  value: `scipy.stats.${call}(predictions.label_ids, predicted).statistic`,
});
const measures: Readonly<Record<string, { package: string; predicted: string; value: string }>> = {
  accuracy: score('accuracy_score', classes),
  f1: score('f1_score', classes),
  f1_macro: score('f1_score', classes, ', average="macro"'),
  matthews: score('matthews_corrcoef', classes),
  mse: score('mean_squared_error', numbers),
  mae: score('mean_absolute_error', numbers),
  pearson: correlation('pearsonr'),
  spearman: correlation('spearmanr'),
};

/** The metric of the best step; undefined where the recipe keeps the last one. */
export const bestMetric = ({ training: { metric, early_stopping }, data }: Recipe): string | undefined =>
  data?.validation === undefined || (metric === undefined && !early_stopping) ? undefined : (metric ?? 'loss');

/** For TrainingArguments. The Trainer saves where it evaluates, so that the best step can be loaded. */
export function bestArguments(recipe: Recipe): Record<string, unknown> {
  const metric = bestMetric(recipe);
  if (metric === undefined) return {};
  const { eval_steps } = recipe.training;
  return {
    save_strategy: eval_steps === undefined ? 'epoch' : 'steps',
    save_steps: eval_steps,
    load_best_model_at_end: true,
    metric_for_best_model: own.has(metric) ? 'loss' : metric,
    greater_is_better: !lowerIsBetter(metric),
  };
}

/** `def compute_metrics`, where the metric needs one. */
export function computeMetrics(recipe: Recipe): string | undefined {
  const metric = bestMetric(recipe) ?? 'loss';
  const measure = measures[metric];
  if (!measure) return undefined;
  return [
    'def compute_metrics(predictions):',
    `    import ${measure.package}`,
    '',
    `    predicted = ${measure.predicted}`,
    `    return {"${metric}": ${measure.value}}`,
  ].join('\n');
}

export function stopping(recipe: Recipe): string | undefined {
  const { early_stopping: stop } = recipe.training;
  if (!stop || bestMetric(recipe) === undefined) return undefined;
  const { patience, min_delta } = stop;
  return pythonCall('transformers.EarlyStoppingCallback', [], {
    early_stopping_patience: patience,
    early_stopping_threshold: min_delta || undefined,
  });
}
