/** A backend that is not installed, asked for. */
import { afterAll, expect, test } from 'vitest';
import { Rig, tinyLlama } from './rig.ts';

const rig = new Rig();
afterAll(() => rig.close());
const how = expect.stringContaining('rankwise backend install tensorflow');

test('a run fails and says how to install it', async () => {
  const recipe = rig.recipe('bare', { training: { backend: 'tensorflow' } });
  const { code, stderr, stdout } = await rig.cli('run', recipe, '--json');
  expect(code).toBe(1);
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect(last).toMatchObject({ event: 'failed', code: 'backend-unavailable', hint: how });
  expect(stderr).not.toContain('    at ');
});

test('forward fails likewise; a backend that is none is an error of usage', async () => {
  const input = rig.file('input.json', '{"input_ids": [[1, 2]]}');
  const forward = (name: string) => rig.cli('forward', tinyLlama, '--input', input, '--backend', name);
  expect(await forward('tensorflow')).toMatchObject({ code: 1, stdout: '', stderr: how });
  expect(await forward('tensorflwo')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean tensorflow?'),
  });
});
