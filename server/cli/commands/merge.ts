import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { work } from '../processes.ts';
import { shortPath } from '../report.ts';
import { weightsOf } from '../weights.ts';

export const merge = command({
  name: 'merge',
  summary: 'Write a model with the adapters merged into its weights.',
  positionals: ['RUN_OR_ADAPTER'],
  options: {
    output: { type: 'string', short: 'o', value: 'DIR', required: true, doc: 'The new model folder; must not exist.' },
    model: { type: 'string', value: 'MODEL', doc: 'The base model, where the adapter does not name it.' },
    backend: backendOption,
  },
  async run({ positionals: [given], options: { output, model: base, backend }, io }) {
    const weights = weightsOf(given!);
    if (weights.isRun && weights.adapter === undefined)
      throw new RankwiseError(
        'nothing-to-merge',
        `${given} has a whole model, ${weights.model}: nothing is to be merged.`,
      );
    const adapter = weights.adapter ?? weights.model;
    const model = base ?? (weights.isRun ? weights.model : undefined);
    const params = { adapter, output: path.resolve(output), ...(model && { model }), ...backendParam(backend) };
    const result = await work('merge', params);
    io.value(result);
    io.say(`${shortPath(result.path)} (${result.exact ? 'exact' : 'approximate'})`);
    return 0;
  },
});
