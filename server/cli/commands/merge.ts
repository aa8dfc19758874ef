import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { make, planOption } from '../making.ts';
import { weightsOf } from '../weights.ts';

export const merge = command({
  name: 'merge',
  summary: 'Write a model with the adapters merged into its weights.',
  positionals: ['RUN_OR_ADAPTER'],
  options: {
    output: { type: 'string', short: 'o', value: 'DIR', required: true, doc: 'The new model folder; must not exist.' },
    model: { type: 'string', value: 'MODEL', doc: 'The base model, where the adapter does not name it.' },
    plan: planOption,
    backend: backendOption,
  },
  async run({ positionals: [given], options: { output, model: base, plan, backend }, io }) {
    const weights = weightsOf(given!);
    if (weights.isRun && weights.adapter === undefined)
      throw new RankwiseError(
        'nothing-to-merge',
        `${given} has a whole model, ${weights.model}: nothing is to be merged.`,
      );
    const adapter = weights.adapter ?? weights.model;
    const model = base ?? (weights.isRun ? weights.model : undefined);
    const task = { kind: 'merge', adapter, ...(model && { model }) } as const;
    return make(task, { output: path.resolve(output), plan, io, ...backendParam(backend) });
  },
});
