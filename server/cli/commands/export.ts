import { cpSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { makeFolder, writeFolderAtomic } from '../../base/files.ts';
import { gatherFactors } from '../../checkpoint/factor-files.ts';
import { listAdapters } from '../../checkpoint/peft.ts';
import { homeFolder } from '../../wire/places.ts';
import { bounds, demandNew, kept } from '../adapter-options.ts';
import { command, usageError } from '../command.ts';
import { work } from '../processes.ts';
import { shortPath } from '../report.ts';
import { weightsOf } from '../weights.ts';

export const exportCommand = command({
  name: 'export',
  summary: "A run's adapter as a folder of its own.",
  positionals: ['RUN'],
  options: {
    format: {
      type: 'string',
      value: 'peft|lora',
      required: true,
      doc: 'peft: as saved, with the factors that it shares. lora: as plain LoRA factors.',
    },
    rank: { type: 'string', value: 'R', doc: 'lora: of the nearest such LoRA, where the exact one has a higher rank.' },
    energy: {
      type: 'string',
      value: 'PART',
      doc: 'lora: the smallest rank that keeps this part of each change, as 0.99.',
    },
    output: { type: 'string', short: 'o', value: 'DIR', required: true, doc: 'The new folder; must not exist.' },
  },
  async run({ positionals: [given], options: { format, output, rank, energy }, io }) {
    if (format !== 'peft' && format !== 'lora')
      throw usageError(`--format must be peft or lora, not ${JSON.stringify(format)}.`);
    if (format === 'peft' && (rank ?? energy) !== undefined)
      throw usageError('--rank and --energy are for --format lora.');
    const { adapter, model } = weightsOf(given!);
    if (adapter === undefined)
      throw new RankwiseError('no-adapter', `${given} has no adapter.`, { hint: `Its whole model is ${model}.` });
    const target = demandNew(output);
    if (format === 'lora') {
      const result = await work('export', { model, adapter, output: target, ...bounds(rank, energy) });
      io.value(result);
      io.say(`${shortPath(result.path)} (${kept(result)})`);
      return 0;
    }
    makeFolder(path.dirname(target));
    await writeFolderAtomic(target, (folder) => {
      cpSync(adapter, folder, { recursive: true });
      for (const { dir } of listAdapters(adapter))
        gatherFactors(dir, path.join(folder, path.relative(adapter, dir)), homeFolder());
    });
    io.value({ path: target, exact: true });
    io.say(shortPath(target));
    return 0;
  },
});
