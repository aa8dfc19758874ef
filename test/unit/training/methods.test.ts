/** Whole runs of methods that need no decomposition: they learn, the compiled step is the one as written, resumed runs end with the same bytes. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { adapterBytes, classFile, makeRun, type RecipeChanges, temporary, tiny, train } from './runs.ts';

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterAll(() => rmSync(folder, { recursive: true }));

const onRoberta = (): RecipeChanges => ({
  model: { path: tiny('roberta'), task: 'sequence-classification' },
  data: { train: classFile(folder) },
});

const recipes: [string, Record<string, unknown>, rate?: number, more?: () => RecipeChanges][] = [
  ['dora', { method: 'dora', rank: 4, dropout: 0.1, target_modules: ['q_proj', 'v_proj'] }],
  ['vera', { method: 'vera', rank: 64, target_modules: ['q_proj', 'v_proj'] }, 0.1],
  ['tied-lora', { method: 'tied-lora', rank: 4, dropout: 0.1, target_modules: ['q_proj', 'o_proj'] }],
  ['ia3', { method: 'ia3' }, 0.05],
  ['bitfit', { method: 'bitfit' }, 0.01, onRoberta],
  [
    'adalora',
    { method: 'adalora', init_rank: 6, target_rank: 3, tinit: 1, tfinal: 3, target_modules: ['q_proj', 'v_proj'] },
    0.05,
  ],
];

test.each(recipes)(
  '%s learns, compiled as it is written, and resumes to the same bytes',
  async (method, adapter, rate = 0.01, more?: () => RecipeChanges) => {
    const optimizer = { learning_rate: rate };
    const changes = { ...more?.(), adapters: [adapter], training: { check: 'full', max_steps: 8, optimizer } };
    const whole = makeRun(folder, `${method}-whole`, changes);
    const events = await train(whole);
    const compiled = events.find((event) => event.event === 'compiled');
    expect(compiled).toMatchObject({ check: 'whole' });
    expect(compiled!.difference).toBeLessThan(1e-4);
    const finished = events.find((event) => event.event === 'finished');
    const { base, adapted, adapterBytes: bytes } = finished!.result;
    expect(adapted!.loss).toBeLessThan(base!.loss - 0.02);
    expect(bytes).toBe(adapterBytes(whole).length);
    const broken = makeRun(folder, `${method}-broken`, changes);
    await train(broken, { cancelAt: 3 });
    await train(broken, { resume: true });
    expect(adapterBytes(broken).equals(adapterBytes(whole))).toBe(true);
  },
);
