/** Commands about recipes: what they print, and what they do with recipes that are wrong, broken or hostile. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const good = { version: 1, model: { path: tinyLlama, task: 'causal-lm' }, adapters: [{ method: 'lora', rank: 4 }] };
const recipe = (content: object | string, name = 'r') =>
  rig.file(`${name}.peft`, typeof content === 'string' ? content : stringify(content));

test('validate --json: no findings, exit 0', async () => {
  const file = recipe(good);
  expect(await rig.cli('validate', file, '--json')).toMatchObject({ code: 0, stderr: '' });
  expect(await rig.json('validate', file)).toEqual({ diagnostics: expect.any(Array) });
});

test('validate: a sweep is judged with all of its points', async () => {
  const { code, stdout } = await rig.cli('validate', recipe({ ...good, sweep: { 'training.seed': [1, 2] } }));
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'r.peft: valid, with the 2 points of its sweep\n' });
});

test('validate finds everything at once, each with code and range, exit 2', async () => {
  const file = recipe({ ...good, adapters: [{ method: 'lora', rank: 4096, alhpa: 3, target_modules: ['nope'] }] });
  const { code, stdout, stderr } = await rig.cli('validate', file, '--json');
  expect(code).toBe(2);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; range: object; severity: string }[] };
  expect(diagnostics.map((d) => d.code)).toEqual(expect.arrayContaining(['unknown-key', 'target-matches-nothing']));
  for (const d of diagnostics)
    expect(d).toMatchObject({
      severity: expect.stringMatching(/^(error|warning|information|hint)$/),
      message: expect.any(String),
      range: { start: { line: expect.any(Number), character: expect.any(Number) }, end: { line: expect.any(Number) } },
    });
  expect(stderr).toMatch(/r\.peft:\d+:\d+: error\[unknown-key\]: .*alpha/);
});

test.each(['estimate', 'compare', 'run'])('%s --json of a wrong recipe prints its diagnostics', async (command) => {
  const { code, stdout, stderr } = await rig.cli(
    command,
    recipe({ ...good, adapters: [{ method: 'lroa' }] }),
    '--json',
  );
  expect(code).toBe(2);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; severity: string }[] };
  expect(diagnostics).toContainEqual(expect.objectContaining({ severity: 'error', range: expect.any(Object) }));
  expect(stderr).toMatch(/error\[/);
});

test('estimate: from where to where the points of a sweep go, and each of them in --json', async () => {
  const file = recipe({ ...good, sweep: { 'adapters.0.rank': [2, 8] } });
  const value = await rig.json<{ trainableParameters: number; points: { trainableParameters: number }[] }>(
    'estimate',
    file,
  );
  const [low, high] = [value.trainableParameters / 2, 2 * value.trainableParameters];
  expect(value.points).toMatchObject([{ trainableParameters: low }, { trainableParameters: high }]);
  const { stdout } = await rig.cli('estimate', file);
  expect(stdout).toContain(
    `Those of its 2 points:\ntrainable parameters  ${low.toLocaleString('en-US')} to ${high.toLocaleString('en-US')}\n`,
  );
});

test('estimate --json has exactly the fields of the design', async () => {
  const value = await rig.json('estimate', recipe(good));
  expect(Object.keys(value).sort()).toEqual(
    [
      'totalParameters',
      'allParameters',
      'trainableParameters',
      'adapterParameters',
      'percent',
      'adapters',
      'memory',
      'adapterBytes',
      'sharedBytes',
    ].sort(),
  );
  expect(value).toMatchObject({
    adapters: [{ name: 'lora', method: 'lora', trainable: expect.any(Number), modules: expect.any(Array) }],
    memory: { low: expect.any(Number), expected: expect.any(Number), high: expect.any(Number) },
  });
  const [{ modules }] = value.adapters as [{ modules: object[] }];
  expect(modules[0]).toEqual({ name: expect.any(String), shape: [expect.any(Number), expect.any(Number)], trainable: expect.any(Number) }); // biome-ignore format: one line
});

test('compare --json has a row for each method', async () => {
  const { rows } = await rig.json<{ rows: { method: string }[] }>('compare', recipe(good));
  expect(rows.map(({ method }) => method)).toEqual(expect.arrayContaining(['lora', 'full']));
  expect(rows[0]).toMatchObject({
    rank: 4,
    trainable: expect.any(Number),
    percent: expect.any(Number),
    adapterBytes: expect.any(Number),
    sharedBytes: 0,
    maxUpdateRank: 4,
  });
});

test('people get tables', async () => {
  const file = recipe(good);
  expect((await rig.cli('estimate', file)).stdout).toMatch(/trainable parameters +[\d,]+ of [\d,]+/);
  expect((await rig.cli('compare', file)).stdout).toMatch(/method +rank +trainable/);
  expect((await rig.cli('validate', file)).stdout).toMatch(/valid/);
});

test('relative paths start at the recipe, the recipe at the working directory', async () => {
  mkdirSync(path.join(rig.root, 'deep'), { recursive: true });
  const model = path.relative(path.join(rig.root, 'deep'), tinyLlama);
  rig.file('deep/x.peft', stringify({ ...good, model: { ...good.model, path: model } }));
  expect(await rig.cli('validate', 'deep/x.peft')).toMatchObject({ code: 0 });
});

const bomb = `version: 1\na0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}\n`;

test.each<[string, string | Buffer]>([
  ['nothing', ''],
  ['NUL bytes', 'version: 1\nmodel: {path: "a\0b"}\nadapters: [{method: lora}]\n'],
  ['bytes that are not text', Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x80])],
  ['an alias bomb', bomb],
  ['deep nesting', `${'['.repeat(50_000)}`],
  ['a list', '- a\n- b\n'],
  ['a tab', 'version: 1\n\tmodel: x\n'],
  ['duplicate keys', `${stringify(good)}version: 1\n`],
  ['a merge of itself', 'a: &a\n  <<: *a\nversion: 1\n'],
  ['control characters', 'version: 1\nmodel: {path: "\u001b[2J"}\nadapters: [{method: "\u001b]0;x\u0007"}]\n'],
  ['a key of the prototype', '__proto__: {version: 1}\nconstructor: 1\n'],
  ['five megabytes', '#'.repeat(5 * 2 ** 20)],
  ['a pattern that backtracks', stringify({ ...good, adapters: [{ method: 'lora', target_modules: '(?=(a+)+$)(.*a){30}b' }] })], // biome-ignore format: one line
])(
  'a recipe of %s: exit 2, a reason, no stack, no hang',
  async (name, content) => {
    const file = rig.file(`hostile-${name.replaceAll(' ', '-')}.peft`, content);
    for (const args of [['validate'], ['validate', '--json'], ['estimate'], ['run', '--detach']]) {
      const { code, stdout, stderr } = await rig.cli(args[0]!, file, ...args.slice(1));
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(/error\[[a-z0-9-]+\]: \S/);
      expect(stderr).not.toMatch(/\n\s+at |node:internal/);
      expect(stderr).not.toContain('\u001b');
      expect(stderr.length).toBeLessThan(200_000);
      if (args.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ diagnostics: expect.any(Array) });
    }
    expect(await rig.runs()).toEqual([]);
  },
  60_000,
);

test.each([
  ['a file that is not there', () => path.join(rig.root, 'none.peft')],
  ['a folder', () => rig.root],
  ['a device', () => '/dev/zero'],
  [
    'a named pipe',
    () => {
      const pipe = path.join(rig.root, 'pipe.peft');
      execFileSync('mkfifo', [pipe]);
      return pipe;
    },
  ],
])('%s instead of a recipe: exit 2', async (_, file) => {
  const given = file();
  expect(await rig.cli('validate', given)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('recipe-unreadable'),
  });
  expect(await rig.cli('estimate', given)).toMatchObject({ code: 2, stdout: '' });
});
