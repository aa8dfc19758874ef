/** `tensorboard/events.out.tfevents.…` in a run, for TensorBoard: a file for each time that the run is started or resumed. */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { appendWhole } from '../../base/append-whole.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { RunLog } from './log.ts';
import { record, type Summary } from './tfevents.ts';

export function tensorboardLog(run: string, recipe: string): RunLog {
  const folder = path.join(run, 'tensorboard');
  mkdirSync(folder, { recursive: true });
  const opened = performance.timeOrigin + performance.now();
  // Their names sort by time, and no two files of a run have one name.
  const name = `events.out.tfevents.${(opened / 1000).toFixed(6)}.${os.hostname()}.${process.pid}`;
  const file = path.join(folder, name);
  const fd = openSync(file, 'a');
  const write = (bytes: Buffer) => appendWhole(fd, bytes);
  try {
    write(record({ time: opened / 1000, version: 'brain.Event:2' }));
  } catch (error) {
    // On a full disk it is tried again, each time under another name.
    closeSync(fd);
    rmSync(file);
    throw error;
  }
  return {
    append(event) {
      const time = Date.parse(event.time) / 1000;
      if (event.event === 'started')
        write(
          record({ time, step: 0, summaries: [{ tag: 'recipe', text: `    ${recipe.replaceAll('\n', '\n    ')}` }] }),
        );
      // Steps after it were lost with the interruption.
      else if (event.event === 'resumed') write(record({ time, step: event.step + 1, start: true }));
      else if ('step' in event) {
        const summaries = summariesOf(event);
        if (summaries.length > 0) write(record({ time, step: event.step, summaries }));
      }
    },
    close: () => closeSync(fd),
  };
}

/** Under the tags that transformers gives them. */
function summariesOf(event: RunEvent): Summary[] {
  if (event.event === 'step') {
    const { loss, learning_rate, grad_norm, epoch, tokens_per_second, memory_bytes } = event;
    return tagged('train', { loss, learning_rate, grad_norm, epoch, tokens_per_second, memory_bytes });
  }
  if (event.event === 'evaluation') return tagged('eval', { loss: event.loss, ...event.metrics });
  if (event.event === 'sample') return [{ tag: 'sample', text: `**${event.prompt}**${event.text}` }];
  return [];
}

const tagged = (part: string, values: Record<string, number>): Summary[] =>
  Object.entries(values).map(([name, value]) => ({ tag: `${part}/${name}`, value }));
