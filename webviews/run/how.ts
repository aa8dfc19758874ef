/** How the run computed, in words: what a person looks for when two runs differ. Pure. */
import { count, duration, shortDuration } from '../../server/base/units.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { figure } from '../shared/figures.ts';
import type { RunModel } from './model.ts';

export interface Fact {
  label: string;
  value: string;
}

/** Empty before anything is known. */
export function howItRan(record: RunRecord, model: RunModel): Fact[] {
  return [
    backend(record, model),
    ...reasons(model),
    check(record, model),
    ...data(model),
    decompositions(model),
  ].filter((fact) => fact !== undefined);
}

/** The same in a line. */
export const inShort = (facts: readonly Fact[]): string =>
  facts
    .filter(({ label }) => label !== 'Chosen because')
    .map(({ value }) => value)
    .join(' · ');

function backend(record: RunRecord, { pinned = record.pinned, backend }: RunModel): Fact | undefined {
  if (!pinned) return undefined;
  const { provider, threads, dtype } = pinned;
  const place = backend?.device ?? provider;
  return { label: 'Backend', value: `${pinned.backend} on ${place}, ${count(threads)} threads, ${dtype}` };
}

function reasons({ backend }: RunModel): Fact[] {
  if (!backend) return [];
  const timings = (backend.timings ?? []).map(({ backend: name, device, seconds, error }) => {
    const where = device === undefined ? name : `${name} (${device})`;
    return `${where} ${seconds === undefined ? (error ?? 'failed') : shortDuration(seconds)}`;
  });
  const measured = timings.length > 0 ? `; a step took: ${timings.join(', ')}` : '';
  return [{ label: 'Chosen because', value: `${backend.reason}${measured}` }];
}

/** The record's, else what the events came to: they are the same once the daemon has folded them. */
function check(record: RunRecord, model: RunModel): Fact | undefined {
  const outcome = record.check?.outcome ?? outcomes[model.check?.check ?? 'known'];
  const difference = record.check?.difference ?? model.check?.difference;
  if (!outcome) return undefined;
  const closely =
    difference === undefined ? '' : difference === 0 ? ', bit for bit' : `, to ${difference.toExponential(1)}`;
  const words = {
    agrees: `steps agree with the reference${closely}`,
    differs: 'steps differ from the reference: the reference ran',
    off: 'steps were not checked',
  };
  return { label: 'Step check', value: words[outcome] };
}

const outcomes = { slice: 'agrees', whole: 'agrees', known: undefined, off: 'off', differs: 'differs' } as const;

function data({ encoded }: RunModel): Fact[] {
  return encoded.map(({ part, examples, heldBack, tokens, packedRows, cached }) => {
    const held = heldBack === undefined ? '' : `, ${count(heldBack)} of them for validation`;
    // Images have none.
    const size = tokens === 0 ? '' : `, ${count(tokens)} tokens`;
    const packed = packedRows === undefined ? '' : ` in ${count(packedRows)} packed rows`;
    const from = cached ? ', kept from an earlier run' : '';
    const label = part === 'training' ? 'Training data' : 'Validation data';
    return { label, value: `${count(examples)} examples${held}${size}${packed}${from}` };
  });
}

function decompositions({ preparing, decomposed }: RunModel): Fact | undefined {
  const label = 'Decompositions';
  if (!decomposed) {
    if (!preparing) return undefined;
    const { done, total, remainingSeconds } = preparing;
    const left = remainingSeconds === undefined ? '' : `, about ${duration(remainingSeconds)} left`;
    return { label, value: `${count(done)} of ${count(total)} matrices decomposed${left}` };
  }
  const { matrices, cached, residual, orthogonality, truncation } = decomposed;
  const from =
    cached === 0
      ? 'none kept from before'
      : cached === matrices
        ? 'all kept from before'
        : `${count(cached)} kept from before`;
  const rank = truncation ? ` to rank ${count(truncation.rank)}` : '';
  const bounds = `residual at most ${figure(residual)}, orthogonality ${figure(orthogonality)}`;
  return { label, value: `${count(matrices)} matrices decomposed${rank}, ${from}; ${bounds}` };
}
