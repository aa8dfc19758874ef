import path from 'node:path';
import { homeFolder } from '../../wire/places.ts';
import { command } from '../command.ts';
import { work } from '../processes.ts';
import { findRun, isFolder } from '../run-names.ts';
import { painted } from '../spans.ts';
import { adapterOf } from '../weights.ts';

export const inspect = command({
  name: 'inspect',
  summary:
    'What a saved adapter is: method, base, targets, counts, norms, and what is wrong with it; or how two differ.',
  positionals: ['ADAPTER_OR_RUN', '[OTHER]'],
  options: {
    model: {
      type: 'string',
      value: 'MODEL',
      doc: 'The base model, where the adapter does not name it, or it was moved.',
    },
    'check-base': {
      type: 'boolean',
      doc: 'Read all weights of a large base, to compare them with what the adapter records.',
    },
  },
  details:
    'An adapter folder in PEFT format, or a run by its directory or name. No engine is started and nothing is written.\n' +
    'Exit status 1: a finding is an error. docs/INSPECTING.md explains what is shown.',
  async run({ positionals: [given, other], options, io }) {
    const result = await work('inspect', {
      adapter: folderOf(given!),
      ...(other !== undefined && { other: folderOf(other) }),
      ...(options.model !== undefined && { model: options.model }),
      roots: [process.cwd()],
      checkBase: options['check-base'],
      home: homeFolder(),
      columns: Math.max(60, io.columns()),
    });
    const { lines, ...value } = result;
    io.value(value);
    for (const line of lines) io.say(painted(line, io));
    const all = [...result.adapters, ...(result.other ?? [])];
    return all.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
  },
});

const folderOf = (given: string): string =>
  adapterOf(isFolder(given) ? path.resolve(given) : findRun(given, { trained: true }));
