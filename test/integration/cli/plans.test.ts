/** `--plan` says what a command makes; what it then makes is that: form, ranks, exactness, bytes. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AdapterPlan, AdapterResult } from '../../../server/protocol/adapters.ts';
import { Rig } from '../rig.ts';

const rig = new Rig();
const runs: Record<string, string> = {};
beforeAll(async () => {
  for (const [name, adapter] of [
    ['low', { method: 'lora', rank: 4, target_modules: ['q_proj', 'v_proj'] }],
    ['pissa', { method: 'pissa', rank: 2, target_modules: ['v_proj', 'down_proj'] }],
    ['svf', { method: 'svf', target_modules: ['q_proj'] }],
    ['places', { method: 'svft', pattern: 'random', num_coefficients: 9, target_modules: ['q_proj'] }],
    ['bent', { method: 'dora', rank: 2, target_modules: ['q_proj'] }],
  ] as const) {
    const recipe = rig.recipe(name, { adapters: [adapter], training: { max_steps: 1 } });
    runs[name] = (await rig.finish('run', recipe)).finished.run;
  }
});
afterAll(() => rig.close());

let count = 0;
const weightsIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.safetensors'))
    .reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);

test.each<[string[], Partial<AdapterPlan>]>([
  [['merge', 'low'], { result: 'model', exact: true, methods: [], matrices: 4 }],
  [['export', 'svf', '--format', 'peft'], { exact: true, methods: ['svf'] }],
  [['export', 'pissa', '--format', 'lora'], { exact: true, methods: ['lora'], ranks: { low: 4, high: 4 } }],
  [['export', 'svf', '--format', 'lora', '--rank', '3'], { exact: false, ranks: { low: 3, high: 3 } }],
  [['compose', 'low', 'pissa', '--weights', '1,1'], { exact: true, ranks: { low: 4, high: 8 }, matrices: 6 }],
  [['compose', 'low', 'pissa', '--weights', '1,1', '--rank', '5'], { exact: false, ranks: { low: 4, high: 5 } }],
  [['compose', 'low', 'bent', '--weights', '1,1', '--energy', '0.9'], { exact: false, atMost: true }],
  [['compose', 'svf', 'svf', '--weights', '1,1'], { exact: true, methods: ['svf'] }],
  [['compose', 'places', 'places', '--weights', '1,1'], { exact: true, methods: ['svft'], atMost: true }],
])('%j', async (args, expected) => {
  const named = args.map((arg, i) => (i > 0 && runs[arg]) || arg);
  const output = path.join(rig.root, `made-${count++}`);
  const plan = await rig.json<AdapterPlan>(...named, '-o', output, '--plan');
  expect(plan).toMatchObject(expected);
  expect(existsSync(output)).toBe(false);
  const made = await rig.json<AdapterResult>(...named, '-o', output);
  expect(made.exact).toBe(plan.exact);
  const bytes = weightsIn(output);
  if (plan.atMost) expect(bytes).toBeLessThan(plan.bytes + 4000);
  // Headers come besides.
  else expect(Math.abs(bytes - plan.bytes)).toBeLessThan(4000);
  if (!plan.ranks || plan.atMost) return;
  const { r, rank_pattern } = JSON.parse(readFileSync(path.join(output, 'adapter_config.json'), 'utf8'));
  const ranks: number[] = [r, ...Object.values<number>(rank_pattern)];
  expect({ low: Math.min(...ranks), high: Math.max(...ranks) }).toEqual(plan.ranks);
});

test('people get a line, and what is not possible is said before it is tried', async () => {
  const planned = await rig.cli('compose', runs.low!, runs.pissa!, '--weights', '1,1', '-o', 'x', '--plan');
  expect(planned.stdout).toMatch(/^LoRA of rank 4 to 8, 6 matrices · exact · \d.* KiB, from .* KiB \+ .* KiB\n$/);
  const refused = await rig.cli('export', runs.bent!, '--format', 'lora', '-o', 'x', '--plan');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('no-plain-lora');
});
