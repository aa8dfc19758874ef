/** Whatever is opened is answered with little work, and nothing is logged as a defect. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { type Client, defineTest } from './harness.ts';
import { classification } from './recipes.ts';

async function answersEverything(client: Client): Promise<void> {
  const begin = process.cpuUsage();
  const found = await client.diagnostics();
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThanOrEqual(200);
  await Promise.all([client.inlays(), client.lenses(), client.symbols(), client.folds(), client.links()]);
  await client.completions();
  await client.formatted();
  await client.request('textDocument/hover', { position: { line: 3, character: 3 } });
  // Processor time: the clock would measure what else this machine does.
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1000).toBeLessThan(2000);
  expect(client.logged).toEqual([]);
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghijk'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(', ')}]`)
  .join('\n')}\nadapters: *k\n`;

defineTest({ name: 'an alias bomb', recipe: bomb, expect: answersEverything });
defineTest({ name: 'a megabyte of keys', recipe: 'key: value\n'.repeat(100_000), expect: answersEverything });
defineTest({ name: 'deep nesting', recipe: '['.repeat(50_000), expect: answersEverything });
defineTest({ name: 'a long line', recipe: `model: { path: ${'x'.repeat(1_000_000)} }`, expect: answersEverything });
defineTest({ name: 'binary', recipe: '\0\u0001\ufffd\u0000: \0\n'.repeat(1000), expect: answersEverything });
defineTest({
  name: 'a model path with NUL',
  recipe: classification.replace('./models/roberta', '"a\\0b"'),
  expect: answersEverything,
});

defineTest({
  name: 'a config.json that is a pipe, and weights that claim a header of 2^60 bytes',
  recipe: classification,
  files: {
    'models/roberta/model.safetensors': new Uint8Array([0, 0, 0, 0, 0, 0, 0, 16]),
  },
  async expect(client) {
    execFileSync('mkfifo', [client.path('models/roberta/config.json')]);
    await answersEverything(client);
  },
});

defineTest({
  name: 'patterns that back-track',
  recipe: classification.replace('[query, value]', "'(.*.*.*)*x(?=y)\\1'"),
  files: { 'models/roberta/config.json': { fixture: 'configs/roberta-large/config.json' } },
  expect: answersEverything,
});
