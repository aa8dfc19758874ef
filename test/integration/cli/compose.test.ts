/** Composing from the command line: runs and folders, what is said of the result, and what is refused. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { largestDifference } from '../../unit/models/tiny.ts';
import { Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
let input: string;
const runs: Record<string, string> = {};
beforeAll(async () => {
  input = rig.file('input.json', JSON.stringify({ input_ids: [[5, 9, 30, 7, 81]], attention_mask: [[1, 1, 1, 1, 1]] }));
  for (const [name, adapter, seed] of [
    ['one', { method: 'svf' }, 1],
    ['two', { method: 'svf' }, 2],
    ['low', { method: 'lora', rank: 4 }, 3],
  ] as const) {
    const adapters = [{ ...adapter, target_modules: ['q_proj', 'v_proj'] }];
    const training = { max_steps: 4, seed, optimizer: { learning_rate: 1e-2 } };
    runs[name] = (await rig.finish('run', rig.recipe(name, { adapters, training }))).finished.run;
  }
});
afterAll(() => rig.close());

const out = (name: string) => path.join(rig.root, name);
async function logits(adapter?: string): Promise<number[]> {
  const more = adapter === undefined ? [] : ['--adapter', adapter];
  return (await rig.forward(input, tinyLlama, ...more)).logits;
}

test('svf runs are added in their own form; a LoRA beside them makes a LoRA; both compute what one after the other does', async () => {
  const own = await rig.json('compose', runs.one!, runs.two!, '--weights', '0.5,0.5', '-o', out('own'));
  expect(own).toEqual({ path: out('own'), exact: true, method: 'svf' });
  const low = await rig.json(
    'compose',
    runs.one!,
    runs.two!,
    '--weights=0.5,0.5',
    '--combine',
    'cat',
    '-o',
    out('cat'),
  );
  expect(low).toEqual({ path: out('cat'), exact: true, method: 'lora' });
  expect(largestDifference(await logits(out('own')), await logits(out('cat')))).toBeLessThan(5e-5);
  expect(largestDifference(await logits(out('own')), await logits())).toBeGreaterThan(1e-3);

  const mixed = await rig.json('compose', out('own'), runs.low!, '--weights', '1,2', '-o', out('mixed'));
  expect(mixed).toMatchObject({ exact: true, method: 'lora' });
  const back = ['compose', out('mixed'), runs.low!, '--weights=1,-2', '-o', out('back')];
  expect((await rig.cli(...back)).stdout).toBe('back (lora, exact)\n');
  expect(largestDifference(await logits(out('back')), await logits(out('own')))).toBeLessThan(5e-5);
});

test('what is cut off is said', async () => {
  const args = ['compose', runs.low!, runs.one!, '--weights', '1,1', '--rank', '2'];
  const cut = await rig.json<{ retainedEnergy: number }>(...args, '-o', out('cut'));
  expect(cut).toMatchObject({ exact: false, method: 'lora' });
  const { stdout } = await rig.cli(...args, '-o', out('cut-again'));
  expect(stdout).toMatch(/^cut-again \(lora, keeps \d+\.\d\d% of the energy of the changes\)\n$/);
});

test('another base is refused with both hashes, before anything is written', async () => {
  const other = out('other');
  cpSync(path.join(runs.low!, 'adapter'), other, { recursive: true });
  const file = path.join(other, 'rankwise.json');
  const { sha256 } = JSON.parse(readFileSync(file, 'utf8')).base_weights;
  writeFileSync(file, readFileSync(file, 'utf8').replace(sha256, 'a'.repeat(64)));
  const { code, stderr } = await rig.cli('compose', runs.low!, other, '--weights', '1,1', '-o', out('never'));
  expect(code).toBe(2);
  for (const part of ['different-bases', sha256, 'a'.repeat(64)]) expect(stderr).toContain(part);
  expect((await rig.cli('forward', tinyLlama, '--adapter', out('never'), '--input', input)).stderr).toContain('never');
});

test.each([
  [['--weights', '1'], 'usage'],
  [['--weights', '1,x'], 'usage'],
  [['--weights', '1,1', '--combine', 'ties'], 'usage'],
  [['--weights', '1,1', '--combine', 'linear'], 'ranks-differ'],
])('%j is refused', async (args, code) => {
  const result = await rig.cli('compose', runs.low!, runs.one!, ...args, '-o', out('refused'));
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`error[${code}]`);
});
