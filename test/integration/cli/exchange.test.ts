/** `rankwise import` and `rankwise python`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

test('an adapter becomes a recipe, and that code', async () => {
  const model = path.resolve('test/fixtures/tiny/llama');
  const config = path.join(rig.root, 'adapter_config.json');
  const adapter = { peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: ['q_proj'], bias: 'all' };
  writeFileSync(config, JSON.stringify({ ...adapter, base_model_name_or_path: model }));
  const recipe = path.join(rig.root, 'new/imported.peft');

  const imported = await rig.cli('import', config, '-o', recipe, '--json');
  expect(imported).toMatchObject({ code: 0, stderr: '' });
  const answer = JSON.parse(imported.stdout);
  expect(answer).toMatchObject({ path: recipe, notes: [expect.stringContaining('trained weights')] });
  expect(answer.recipe).toContain('bias: all');
  expect(readFileSync(recipe, 'utf8')).toBe(answer.recipe);

  const again = await rig.cli('import', config, '-o', recipe);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('output-exists')]);

  const python = await rig.cli('python', recipe);
  expect(python.code).toBe(0);
  expect(python.stdout).toMatch(/^config = LoraConfig\([^)]*\n {4}r=4,\n {4}lora_alpha=8,/m);
  expect(existsSync(path.join(rig.root, 'new/imported.py'))).toBe(false);
});

test('what is no such file is refused with exit 2', async () => {
  const file = path.join(rig.root, 'x.yml');
  writeFileSync(file, 'on: push\n');
  expect(await rig.cli('import', file)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('axolotl'),
  });
});
