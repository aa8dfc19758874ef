import path from 'node:path';
import { weightList } from '../../base/weights.ts';
import { combines } from '../../protocol/adapters.ts';
import { bounds, demandNew } from '../adapter-options.ts';
import { command, usageError } from '../command.ts';
import { make, planOption } from '../making.ts';
import { adapterOf, weightsOf } from '../weights.ts';

export const compose = command({
  name: 'compose',
  summary: 'One adapter of the weighted sum of what others change in the same model.',
  positionals: ['RUN_OR_ADAPTER...'],
  options: {
    weights: {
      type: 'string',
      value: 'W,W',
      required: true,
      doc: 'One for each adapter, as 0.5,0.5 (--weights=-1,1).',
    },
    combine: {
      type: 'string',
      value: 'cat|svd|linear',
      doc: 'How LoRA factors are summed (default: what is exact, svf and svft in their own form).',
    },
    rank: { type: 'string', value: 'R', doc: 'svd: the largest rank (default: that of the largest adapter).' },
    energy: { type: 'string', value: 'PART', doc: 'svd: the smallest rank that keeps this part of each sum, as 0.99.' },
    model: { type: 'string', value: 'MODEL', doc: 'The base model, where the adapters do not name it.' },
    output: {
      type: 'string',
      short: 'o',
      value: 'DIR',
      required: true,
      doc: 'The new adapter folder; must not exist.',
    },
    plan: planOption,
  },
  details:
    'cat puts factors side by side: exact, and the ranks add up. svd takes the nearest of a rank. linear sums factor by factor, as PEFT does.\n' +
    'docs/METHODS.md, Composing, says what is exact and what cannot be composed.',
  async run({ positionals, options: { weights, combine, rank, energy, model, output, plan }, io }) {
    const how = combines.find((known) => known === combine);
    if (combine !== undefined && !how)
      throw usageError(`--combine must be ${combines.join(', ')}, not ${JSON.stringify(combine)}.`);
    const factors = weightsOption(weights, positionals.length);
    const sources = positionals.map((given, i) => ({ adapter: composable(given), weight: factors[i]! }));
    const task = {
      kind: 'compose',
      sources,
      ...(model !== undefined && { model }),
      ...(how && { combine: how }),
      ...bounds(rank, energy),
    } as const;
    return make(task, { output: demandNew(output), plan, io });
  },
});

function weightsOption(given: string, count: number): number[] {
  const weights = weightList(given, count);
  if (weights) return weights;
  const wanted = count === 1 ? 'one number' : `${count} numbers, one for each adapter`;
  throw usageError(`--weights must be ${wanted}, not ${JSON.stringify(given)}.`);
}

/** A folder is an adapter or a run; anything else is the name of a run. */
function composable(given: string): string {
  const { isRun, adapter, model } = weightsOf(given);
  return adapter ?? (isRun ? adapterOf(path.dirname(model)) : adapterOf(given));
}
