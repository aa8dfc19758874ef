import { expect } from 'vitest';
import { type Client, defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

const words = ['version', 'task', 'dtype', 'method', 'lora', 'rank', 'target_modules', 'query', 'budget', 'trainable'];

defineTest({
  name: 'every kind of field, on RoBERTa-large',
  recipe: classification,
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const shown: string[] = [];
    for (const word of ['./models', ...words.filter((word) => word !== 'dtype')])
      shown.push(`<!-- ${word} -->\n${await client.hover(word)}`);
    const text = shown.join('\n\n\n').replace(/[\d.]+ ([KMGT]iB|B)\b/g, '… $1');
    await expect(text).toMatchFileSnapshot('golden/hover-roberta-large.txt');
  },
});

defineTest({
  name: 'rank shows the formula filled in for the model',
  recipe: classification,
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    expect(await client.hover('rank')).toContain(
      'r·(m + n) = 8·(1024 + 1024) = 16,384 × 48 matrices = **786,432**, 0.221% of 355M',
    );
  },
});

defineTest({
  name: 'matrices that differ are shown as a table',
  recipe: causal,
  files: llama70b,
  async expect(client) {
    await client.diagnostics();
    await expect(await client.hover('rank')).toMatchFileSnapshot('golden/hover-llama-3-70b.txt');
  },
});

defineTest({
  name: 'fields are documented before there is a model',
  recipe: classification,
  async expect(client) {
    expect(await client.hover('rank')).toMatch(/^\*\*rank\*\* · integer, at least 1 · default `8`/);
  },
});

defineTest({
  name: 'nothing in blank space, comments and unknown keys',
  recipe: 'version: 1\n\n# a comment\nmodle: 3\n',
  async expect(client) {
    for (const [line, character] of [
      [1, 0],
      [2, 4],
      [3, 2],
      [900, 900],
    ])
      expect(await client.request('textDocument/hover', { position: { line, character } })).toBeNull();
  },
});

const hovers = async (client: Client, words: string[]) => {
  await client.diagnostics();
  const shown: string[] = [];
  for (const word of words) shown.push(`<!-- ${word} -->\n${await client.hover(word)}`);
  return shown.join('\n\n\n');
};

defineTest({
  name: 'every method beside the entry’s own, and what adapters for many users take, on RoBERTa-large',
  recipe: classification,
  files: roberta,
  async expect(client) {
    await expect(await hovers(client, ['method', 'adapters'])).toMatchFileSnapshot('golden/side-by-side-roberta.txt');
  },
});

defineTest({
  name: 'the same for Llama-3-70B, with memory and its parts',
  recipe: `${causal}training: { batch_size: 4 }\n`,
  files: llama70b,
  async expect(client) {
    const text = await hovers(client, ['method', 'adapters', 'batch_size']);
    await expect(text).toMatchFileSnapshot('golden/side-by-side-llama-3-70b.txt');
  },
});
