import { describe, expect, it } from 'vitest';
import type { SpectrumItem, SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import { decodeFloats } from '../../../../webviews/spectrum/decode.ts';
import { SpectrumModel } from '../../../../webviews/spectrum/model.ts';
import { isBare, notices, placeholder, stateOf } from '../../../../webviews/spectrum/status.ts';

const encode = (values: Float32Array) => Buffer.from(values.buffer).toString('base64');
const matrix = (name: string, adapted = false): SpectrumMatrix => ({
  name,
  shape: [3, 3],
  layer: 0,
  kind: name,
  ...(adapted && { adapted }),
});
const values = (name: string, of: 'base' | 'merged' = 'base'): SpectrumItem => ({
  type: 'values',
  matrix: name,
  of,
  values: encode(Float32Array.of(3, 2, 1)),
  residual: 0,
  cached: false,
  seconds: 0,
});
const error = { code: 'not-finite', kind: 'input' as const, message: 'NaN', hint: 'Again.' };
const plain = { model: '/m/bert', title: 'bert' };
const tuned = { model: '/m/bert', adapter: '/r/adapter', title: 'bert + lora' };

function modelOf(...subjects: { model: string; adapter?: string; title: string }[]): SpectrumModel {
  const model = new SpectrumModel();
  model.init({ type: 'init', subjects, cuts: [] });
  return model;
}
const everything = (model: SpectrumModel) => model.prepare(() => true);

describe('SpectrumModel', () => {
  it('reads float32 as it was written', () => {
    expect([...decodeFloats(encode(Float32Array.of(1.5, -0, 1e-38)))]).toEqual([1.5, -0, Math.fround(1e-38)]);
  });

  it('measures what came in portions, in the order of coming', () => {
    const model = modelOf(plain);
    model.take(0, [{ type: 'matrices', matrices: [matrix('a'), matrix('b'), matrix('c')] }]);
    model.take(0, [values('a'), values('b'), values('c')]);
    expect(model.received).toBe(3);
    expect(model.prepare(() => false).map((each) => each.matrix.name)).toEqual(['a']);
    expect(model.subjects[0]!.spectrum('b', 'base')!.ready).toBe(false);
    expect(everything(model).map((each) => each.matrix.name)).toEqual(['b', 'c']);
    expect(model.isWaiting).toBe(false);
    expect(model.spectrum('a', model.lines()[0]!)!.measures.largest).toBe(3);
  });

  it('matches two subjects by the names of matrices', () => {
    const model = modelOf(plain, { model: '/m/other', title: 'other' });
    expect(model.take(0, [{ type: 'matrices', matrices: [matrix('a'), matrix('b')] }])).toBe(true);
    model.take(1, [{ type: 'matrices', matrices: [matrix('b'), matrix('c')] }, values('b'), values('unknown')]);
    expect([...model.matrices.keys()]).toEqual(['a', 'b', 'c']);
    const [first, second] = model.lines();
    expect(model.spectrum('b', second!)).toBeDefined();
    expect(model.spectrum('b', first!)).toBeUndefined();
  });

  it('has lines for base and merged, and the base of one model once', () => {
    expect(
      modelOf(tuned)
        .lines()
        .map(({ id, title }) => [id, title]),
    ).toEqual([
      ['0:base', 'bert (base)'],
      ['0:merged', 'bert + lora (merged)'],
    ]);
    expect(
      modelOf(plain, tuned)
        .lines()
        .map(({ id }) => id),
    ).toEqual(['0:base', '1:merged']);
  });

  it('goes on after an end when items come again', () => {
    const model = modelOf(plain);
    expect(stateOf(model)).toBe('reading');
    model.take(0, [{ type: 'matrices', matrices: [matrix('a')] }]);
    expect(stateOf(model)).toBe('running');
    model.end(0, undefined, undefined);
    expect(stateOf(model)).toBe('stopped');
    model.take(0, [values('a')]);
    expect(stateOf(model)).toBe('running');
    model.end(0, { matrices: 1, cached: 0, seconds: 1 }, undefined);
    expect(stateOf(model)).toBe('done');
  });
});

describe('a restart', () => {
  it('forgets faults, keeps values until newer ones come, and leaves an equal list alone', () => {
    const model = modelOf(plain);
    const list: SpectrumItem = { type: 'matrices', matrices: [matrix('a'), matrix('b')] };
    expect(model.take(0, [list])).toBe(true);
    model.take(0, [values('a'), { type: 'fault', matrix: 'b', of: 'base', error }]);
    expect(model.take(0, [list])).toBe(false);
    expect(model.subjects[0]!.faults.size).toBe(0);
    expect(model.subjects[0]!.spectrum('a', 'base')).toBeDefined();
    expect(model.take(0, [{ type: 'matrices', matrices: [matrix('b')] }])).toBe(true);
    expect([...model.matrices.keys()]).toEqual(['b']);
    expect(model.subjects[0]!.spectrum('a', 'base')).toBeUndefined();
  });
});

describe('what the page says of itself', () => {
  it('is waiting for matrices, or says that there are none', () => {
    const model = modelOf(plain);
    expect(placeholder(model)).toContain('Reading');
    model.take(0, [{ type: 'matrices', matrices: [] }]);
    model.end(0, { matrices: 0, cached: 0, seconds: 0 }, undefined);
    expect(placeholder(model)).toContain('no weight matrices');
  });

  it('names the error of a subject, with its hint', () => {
    const model = modelOf(plain);
    model.end(0, undefined, error);
    expect(notices(model)).toEqual([
      {
        kind: 'error',
        title: 'bert: the spectrum could not be computed',
        text: 'NaN',
        hint: 'Again.',
        code: 'not-finite',
      },
    ]);
    expect(placeholder(model)).toBe('');
  });

  it('counts faulty matrices, each once, and says when all are', () => {
    const model = modelOf(tuned);
    model.take(0, [{ type: 'matrices', matrices: [matrix('a'), matrix('b')] }]);
    for (const of of ['base', 'merged'] as const) model.take(0, [{ type: 'fault', matrix: 'a', of, error }]);
    model.take(0, [values('b')]);
    expect(notices(model)[0]).toMatchObject({
      kind: 'warning',
      title: 'bert + lora: 1 of 2 matrices cannot be decomposed',
    });
    expect(isBare(model)).toBe(false);

    const broken = modelOf(plain);
    broken.take(0, [
      { type: 'matrices', matrices: [matrix('a')] },
      { type: 'fault', matrix: 'a', of: 'base', error },
    ]);
    broken.end(0, { matrices: 0, cached: 0, seconds: 0 }, undefined);
    expect(notices(broken)[0]).toMatchObject({ kind: 'error', title: 'bert: no matrix can be decomposed' });
    expect(isBare(broken)).toBe(true);
  });
});
