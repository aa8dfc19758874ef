/** `metrics.csv` in a run: a row for each step and each evaluation, for spreadsheets and data frames. */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { appendWhole } from '../../base/append-whole.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { metricsOf } from '../../metrics/metrics.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { RunLog } from './log.ts';

const common = [
  'step',
  'time',
  'epoch',
  'loss',
  'learning_rate',
  'grad_norm',
  'tokens',
  'tokens_per_second',
  'memory_bytes',
];

export function csvLog(run: string, task: string): RunLog {
  const columns = [...common, ...metricsOf(task).map(({ name }) => `validation_${name}`)];
  const file = path.join(run, 'metrics.csv');
  if (!existsSync(file)) writeFileAtomic(file, `${columns.join(',')}\n`);
  let fd = openSync(file, 'a');
  return {
    append(event) {
      if (event.event === 'resumed') {
        forget(file, event.step);
        closeSync(fd);
        fd = openSync(file, 'a');
      }
      const row = rowOf(event);
      if (row) appendWhole(fd, `${columns.map((column) => row[column] ?? '').join(',')}\n`);
    },
    close: () => closeSync(fd),
  };
}

function rowOf(event: RunEvent): Record<string, string | number> | undefined {
  if (event.event === 'step') return { ...event };
  if (event.event !== 'evaluation') return undefined;
  const { step, time, loss, metrics } = event;
  const values = Object.entries({ loss, ...metrics }).map(([name, value]) => [`validation_${name}`, value]);
  return { step, time, ...Object.fromEntries(values) };
}

/** Rows of steps after `step`, which were lost with an interruption, and one that was torn. */
function forget(file: string, step: number): void {
  const [head = '', ...rows] = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const kept = rows.filter((row) => Number(row.slice(0, row.indexOf(','))) <= step);
  writeFileAtomic(file, `${[head, ...kept].join('\n')}\n`);
}
