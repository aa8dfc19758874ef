import { RankwiseError } from '../../base/errors.ts';
import { bounds, demandNew } from '../adapter-options.ts';
import { command, usageError } from '../command.ts';
import { make, planOption } from '../making.ts';
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
    plan: planOption,
  },
  async run({ positionals: [given], options: { format, output, rank, energy, plan }, io }) {
    if (format !== 'peft' && format !== 'lora')
      throw usageError(`--format must be peft or lora, not ${JSON.stringify(format)}.`);
    if (format === 'peft' && (rank ?? energy) !== undefined)
      throw usageError('--rank and --energy are for --format lora.');
    const { adapter, model } = weightsOf(given!);
    if (adapter === undefined)
      throw new RankwiseError('no-adapter', `${given} has no adapter.`, { hint: `Its whole model is ${model}.` });
    const task = { kind: 'export', adapter, model, format, ...bounds(rank, energy) } as const;
    return make(task, { output: demandNew(output), plan, io });
  },
});
