/** The table at the end of a run, as text. */
import { bytes, count, duration } from '../../server/base/units.ts';
import { lowerIsBetter } from '../../server/metrics/metrics.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { figure } from '../shared/figures.ts';
import type { RunModel } from './model.ts';

export interface ResultTable {
  rows: { name: string; base: string; adapted: string; change: string; better: boolean | undefined }[];
  facts: { label: string; value: string }[];
}

/** The table at the end: undefined until the run has finished. */
export function resultTable(record: RunRecord, model: RunModel): ResultTable | undefined {
  const result = model.result ?? record.result;
  if (!result || record.state !== 'finished') return undefined;
  const { base, adapted } = result;
  const rows: ResultTable['rows'] = [];
  if (base && adapted) {
    rows.push(compare('Evaluation loss', base.loss, adapted.loss, true));
    for (const name of Object.keys(adapted.metrics))
      rows.push(compare(title(name), base.metrics[name], adapted.metrics[name], lowerIsBetter(name)));
  }
  const places = record.adapters ?? (record.modelPath ? [{ name: 'model', path: record.modelPath }] : []);
  return {
    rows,
    facts: [
      ...(result.best ? [{ label: 'Best step', value: `${count(result.best.step)}, by ${result.best.metric}` }] : []),
      ...(result.stopped
        ? [{ label: 'Stopped early', value: `Step ${count(result.stopped.step)}: ${result.stopped.reason}` }]
        : []),
      { label: 'Trainable parameters', value: count(result.trainableParameters) },
      { label: 'Of all parameters', value: `${figure(result.percent)}%` },
      { label: record.modelPath ? 'Model size' : 'Adapter size', value: bytes(result.adapterBytes) },
      { label: 'Duration', value: duration(result.seconds) },
      ...places.map(({ name, path }) => ({ label: places.length > 1 ? `Adapter ${name}` : 'Saved in', value: path })),
      ...(places.length === 0 ? [{ label: 'Saved in', value: record.run }] : []),
    ],
  };
}

function compare(name: string, base: number | undefined, adapted: number | undefined, lower: boolean) {
  const known = base !== undefined && adapted !== undefined && Number.isFinite(base) && Number.isFinite(adapted);
  const difference = known ? adapted - base : 0;
  const sign = difference > 0 ? '+' : '−';
  return {
    name,
    base: figure(base),
    adapted: figure(adapted),
    change: known && difference !== 0 ? `${sign}${figure(Math.abs(difference))}` : '–',
    better: known && difference !== 0 ? difference < 0 === lower : undefined,
  };
}

const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
