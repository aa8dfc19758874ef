/** The table at the end of a run. */
import { bytes, count, duration } from '../base/units.ts';
import type { RunResult } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { type Io, table } from './output.ts';
import { shortPath } from './report.ts';

export function showResult(record: RunRecord, io: Io): void {
  const { result, run, adapters, modelPath } = record;
  if (result) for (const line of resultLines(result)) io.say(line);
  const places = [
    ...(adapters ?? []).map(({ name, path }) => [(adapters?.length ?? 0) > 1 ? `adapter ${name}` : 'adapter', path]),
    ...(modelPath ? [['model', modelPath]] : []),
    ['run', run],
  ];
  for (const line of table(places.map(([what, where]) => [what!, shortPath(where!)]))) io.say(line);
}

function resultLines(result: RunResult): string[] {
  const { base, adapted } = result;
  const facts = [
    ...(result.best ? [['best step', `${count(result.best.step)}, by ${result.best.metric}`]] : []),
    ...(result.stopped ? [['stopped early', `step ${count(result.stopped.step)}: ${result.stopped.reason}`]] : []),
    ['trainable parameters', `${count(result.trainableParameters)} of ${count(result.allParameters)}`],
    ['percent', `${result.percent.toPrecision(4)}%`],
    ['adapter size', bytes(result.adapterBytes)],
    ['time', duration(result.seconds)],
  ];
  if (!base && !adapted) return ['', ...table(facts), ''];
  const names = [...new Set([...Object.keys(base?.metrics ?? {}), ...Object.keys(adapted?.metrics ?? {})])];
  const number = (x: number | undefined) => (x === undefined ? '–' : x.toPrecision(5));
  const losses = [
    ['validation', 'base', 'trained'],
    ['loss', number(base?.loss), number(adapted?.loss)],
    ...names.map((name) => [name, number(base?.metrics[name]), number(adapted?.metrics[name])]),
  ];
  return ['', ...table(losses, [1, 2]), '', ...table(facts), ''];
}
