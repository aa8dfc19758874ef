/** Ranks of a run and how it was computed, as the run panel has them. */
import { describe, expect, it } from 'vitest';
import type { CompiledEvent, RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { howItRan, inShort } from '../../../webviews/run/how.ts';
import { RunModel } from '../../../webviews/run/model.ts';
import { allocationText, largestRank, ranksCsv, ranksMap } from '../../../webviews/run/ranks.ts';

const time = '2026-03-14T09:26:53.000Z';
const modules = ['h.0.attn.q', 'h.0.attn.v', 'h.1.attn.q', 'score'];
const ranks = (step: number, values: number[], named = false): RunEvent => ({
  event: 'ranks',
  time,
  step,
  budget: values.reduce((sum, rank) => sum + rank, 0),
  ...(named && { matrices: modules }),
  ranks: values,
});
const pinned = { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: {} };
const resumed = (step: number): RunEvent => ({ event: 'resumed', time, step, pinned });

function modelOf(...events: RunEvent[]): RunModel {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
}
const pruned = () => modelOf(ranks(0, [4, 4, 4, 4], true), ranks(4, [3, 2, 4, 1]), ranks(8, [3, 0, 4, 1]));

describe('ranks', () => {
  it('hold from their step on', () => {
    const model = pruned();
    expect([0, 3, 4, 7, 8, 100].map((step) => model.allocationAt(step)!.step)).toEqual([0, 0, 4, 4, 8, 8]);
    expect(model.allocationAt()!.budget).toBe(8);
    expect(modelOf().allocationAt()).toBeUndefined();
  });

  it('that were lost with an interruption are those that came after it; a start that is told again is one', () => {
    const model = pruned();
    for (const event of [resumed(5), ranks(8, [2, 2, 2, 2], true)]) model.apply(event);
    expect(model.allocations.map(({ step, ranks }) => [step, ...ranks])).toEqual([
      [0, 4, 4, 4, 4],
      [4, 3, 2, 4, 1],
      [8, 2, 2, 2, 2],
    ]);
    const anew = pruned();
    for (const event of [resumed(0), ranks(0, [4, 4, 4, 4], true)]) anew.apply(event);
    expect(anew.allocations).toHaveLength(1);
  });

  it('stand layer × type, with a row for what is outside, on one scale for all steps', () => {
    const model = pruned();
    const map = ranksMap(model.rankedModules, model.allocationAt()!, largestRank(model));
    expect([map.rows, map.columns, map.scale!.high]).toEqual([3, 2, 4]);
    expect(Array.from(map.values)).toEqual([3, 4, 0, Number.NaN, 1, Number.NaN]);
    expect(map.y.ticks.map(({ label }) => label)).toEqual(['attn.q', 'attn.v', 'score']);
    expect(map.describe(0, 1)).toBe('h.1.attn.q: rank 4');
    expect(map.describe(1, 1)).toBe('No such matrix');
  });

  it('are told in words, and saved with their modules', () => {
    const model = pruned();
    expect(allocationText(model, model.allocations[0]!)).toBe('At the start: 16 ranks, 4 to 4 a matrix.');
    expect(allocationText(model, model.allocations[2]!)).toBe(
      'After step 8: 8 of 16 ranks, 0 to 4 a matrix; 1 of 4 matrices have none.',
    );
    const rows = ranksCsv(model).trim().split('\n');
    expect(rows).toHaveLength(1 + 12);
    expect([rows[0], rows[1], rows[8]]).toEqual([
      'step,budget,module,layer,rank',
      '0,16,h.0.attn.q,0,4',
      '4,10,score,,1',
    ]);
  });
});

describe('how a run was computed', () => {
  const record = { pinned } as RunRecord;
  const compiled = (check: CompiledEvent['check'], difference?: number): RunEvent => ({
    event: 'compiled',
    time,
    step: 0,
    part: 'training',
    nodes: 1,
    seconds: 1,
    flops: 1,
    check,
    ...(difference !== undefined && { difference }),
  });
  const checkOf = (...events: RunEvent[]) =>
    howItRan(record, modelOf(...events)).find(({ label }) => label === 'Step check')?.value;

  it('says what computed, and why', () => {
    const backend: RunEvent = {
      event: 'backend',
      time,
      backend: 'webgpu',
      device: 'A GPU',
      reason: 'Fastest.',
      timings: [
        { backend: 'webgpu', device: 'A GPU', seconds: 0.02 },
        { backend: 'cuda', error: 'no driver' },
      ],
    };
    const facts = howItRan({ pinned: { ...pinned, backend: 'webgpu' } } as RunRecord, modelOf(backend));
    expect(facts).toEqual([
      { label: 'Backend', value: 'webgpu on A GPU, 2 threads, float32' },
      { label: 'Chosen because', value: 'Fastest.; a step took: webgpu (A GPU) 20 ms, cuda no driver' },
    ]);
    expect(inShort(facts)).toBe('webgpu on A GPU, 2 threads, float32');
    expect(howItRan({} as RunRecord, modelOf())).toEqual([]);
  });

  it('says the worst that a comparison with the reference found', () => {
    expect(checkOf(compiled('slice', 2e-7), compiled('known'), compiled('whole', 5e-8))).toBe(
      'steps agree with the reference, to 2.0e-7',
    );
    expect(checkOf(compiled('slice', 2e-7), compiled('differs', 0.1))).toBe(
      'steps differ from the reference: the reference ran',
    );
    expect(checkOf(compiled('off'))).toBe('steps were not checked');
    expect(checkOf(compiled('known'))).toBeUndefined();
    const told = { pinned, check: { outcome: 'agrees', difference: 0 } } as RunRecord;
    expect(howItRan(told, modelOf()).at(-1)!.value).toBe('steps agree with the reference, bit for bit');
  });

  it('says how far decompositions are, and what they came to', () => {
    const preparing: RunEvent = { event: 'preparing', time, run: '/r', done: 3, total: 28, remainingSeconds: 7 };
    expect(inShort(howItRan({} as RunRecord, modelOf(preparing)))).toBe('3 of 28 matrices decomposed, about 7 s left');
    const decomposed: RunEvent = {
      event: 'decomposed',
      time,
      run: '/r',
      matrices: 28,
      cached: 20,
      residual: 1.5e-6,
      orthogonality: 2e-6,
      truncation: { rank: 8, oversampling: 10, iterations: 4 },
    };
    expect(inShort(howItRan({} as RunRecord, modelOf(preparing, decomposed)))).toBe(
      '28 matrices decomposed to rank 8, 20 kept from before; residual at most 1.50e-6, orthogonality 2.00e-6',
    );
  });
});
