import { describe, expect, test } from 'vitest';
import { checkEvaluation, checkFinite } from '../../../server/training/non-finite.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { zeroGradients } from '../../../server/training/zero-gradients.ts';

const model = (values: Record<string, number[]>) =>
  ({
    trainable: new Map(Object.entries(values).map(([name, data]) => [name, { data: Float32Array.from(data) }])),
    groupOf: (name: string) => (name === 'head' ? 'head' : 'adapter'),
  }) as unknown as TrainableModel;

/** What is told after steps with these norms. */
function told(norms: number[], { loss = 1, total = 10, of = model({ a: [1], b: [0] }) } = {}) {
  const events: { step: number; code: string; message: string }[] = [];
  const note = zeroGradients(of, total, (event) => void events.push(event as never));
  for (const [i, norm] of norms.entries()) note(i + 1, loss, norm);
  return events;
}

describe('a gradient of exactly 0', () => {
  test('is told once after three steps in a row', () => {
    expect(told([0, 0])).toEqual([]);
    expect(told([0, 0, 1e-30, 0, 0])).toEqual([]);
    expect(told([1, 0, 0, 0, 0, 0, 0, 0])).toMatchObject([{ step: 4, code: 'zero-gradient' }]);
  });

  test('is told of a run that has no three steps', () => {
    expect(told([0], { total: 1 })[0]!.message).toContain('at its only step');
  });

  test('says what it usually comes from', () => {
    expect(told([0, 0, 0], { of: model({ a: [0, 0], b: [0], head: [1] }) })[0]!.message).toContain('factors');
    expect(told([0, 0, 0], { loss: 0 })[0]!.message).toContain('labels');
    expect(told([0, 0, 0])[0]!.message).toContain('modules_to_save');
  });

  test('that came with a higher loss is of a learning rate that is too high', () => {
    const messages: string[] = [];
    const note = zeroGradients(model({ a: [1] }), 10, (event) => void messages.push((event as never as Error).message));
    for (const [i, [loss, norm]] of [
      [4, 0.5],
      [7, 0],
      [7, 0],
      [7, 0],
    ].entries())
      note(i + 1, loss!, norm!);
    expect(messages).toEqual([expect.stringContaining('lower training.optimizer.learning_rate')]);
    expect(told([1, 0, 0, 0])[0]!.message).toContain('modules_to_save');
  });
});

describe('a gradient that is not finite', () => {
  const settings = {
    optimizer: { learning_rate: 0.5 },
    scheduler: { name: 'constant' },
    max_grad_norm: null,
  } as unknown as Parameters<typeof checkFinite>[5]['settings'];
  const gradients = (...values: number[]) =>
    new Map([
      ['layers.0.q.A', Float32Array.of(1)],
      ['layers.1.q.A', Float32Array.from(values)],
    ]);
  const check = (loss: number, norm: number, values: number[], dtype = 'float32') =>
    checkFinite(loss, norm, 7, gradients(...values), model({}), { settings, dtype });

  test('is told with the step, the first tensor, and what may help', () => {
    expect(() => check(1, 1, [1])).not.toThrow();
    expect(() => check(1, Number.NaN, [1, Number.NaN], 'float16')).toThrow(
      expect.objectContaining({
        code: 'non-finite-loss',
        field: 'training.optimizer.learning_rate',
        message: 'The gradient norm is NaN at step 7. The first gradient that is not finite: layers.1.q.A (adapter).',
        hint: expect.stringMatching(/\(now 0\.5\), add warm-up, clip with .*, or hold .* float32 \(now float16\)/),
      }),
    );
  });

  test('is the model’s own before the first step', () => {
    const { NaN: none } = Number;
    expect(() => checkEvaluation(none, 3, { settings, dtype: 'float16' })).toThrow(
      expect.objectContaining({ field: 'training.optimizer.learning_rate' }),
    );
    expect(() => checkEvaluation(none, 0, { settings, dtype: 'float16' })).toThrow(
      expect.objectContaining({ field: 'model.path', hint: expect.stringMatching(/float16 is too narrow/) }),
    );
  });

  test('may be the sum of finite ones', () => {
    expect(() => check(1, Number.POSITIVE_INFINITY, [3e38])).toThrow(/^The gradient norm is Infinity at step 7\.$/);
  });
});
