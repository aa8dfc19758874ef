/** Go to definition, and the model outline that it leads into. */
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { type Client, defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

const tiny = { models: { fixture: 'tiny' } };
const recipe = classification.replace('roberta', 'llama').replace('sequence-classification', 'causal-lm');
const tinyRecipe = recipe.replace('  num_labels: 2\n', '').replace('[query, value]', '[q_proj]');

/** What the ranges of a definition hold in the outline: names of modules. */
async function targets(client: Client, word?: string): Promise<string[]> {
  const outline = await client.outline();
  if (!('text' in outline)) return [];
  const lines = outline.text.split('\n');
  return (await client.definition(word)).map(({ targetUri, targetSelectionRange: { start, end } }) => {
    expect(targetUri).toBe(outline.uri);
    return lines[start.line]!.slice(start.character, end.character);
  });
}

defineTest({
  name: 'the outline names every module once, with shape, kind, count, type, ties and what the recipe makes of it',
  recipe: tinyRecipe,
  files: tiny,
  async expect(client) {
    const outline = (await client.outline()) as { text: string };
    const text = outline.text.replace(client.folder, '…');
    await expect(text).toMatchFileSnapshot('golden/outline-tiny-llama.txt');
  },
});

defineTest({
  name: 'a tied head says so, and a model without weights',
  recipe: tinyRecipe.replace('models/llama', 'models/llama-tied'),
  files: { 'models/llama-tied/config.json': { fixture: 'tiny/llama-tied/config.json' } },
  async expect(client) {
    const { text } = (await client.outline()) as { text: string };
    expect(text).toMatch(/^lm_head +linear +weight \[256, 64\] +tied to model.embed_tokens$/m);
    expect(text).toContain('# no weights: sizes from config.json');
  },
});

defineTest({
  name: 'an item of target_modules leads to all its modules, one a layer',
  recipe: causal,
  files: llama70b,
  async expect(client) {
    const found = await targets(client, 'q_proj');
    expect(found).toHaveLength(80);
    expect(found[79]).toBe('model.layers.79.self_attn.q_proj');
    const [link] = await client.definition('q_proj');
    expect(client.text.split('\n')[link!.originSelectionRange!.start.line]).toContain('target_modules');
  },
});

defineTest({
  name: 'a regular expression, the key of a rank_pattern and the method lead to what they take',
  recipe: causal,
  files: llama70b,
  async expect(client) {
    expect(await targets(client, "'.*layers")).toHaveLength(60);
    expect(await targets(client, 'v_proj: 4')).toEqual(
      Array.from({ length: 80 }, (_, i) => `model.layers.${i}.self_attn.v_proj`),
    );
    expect(await targets(client, 'lora')).toHaveLength(320);
    expect(await targets(client, 'bfloat16')).toEqual([]);
  },
});

defineTest({
  name: 'excluded and saved modules, and layers',
  recipe: classification.replace(
    '[query, value]',
    'all-linear\n    exclude_modules: [output.dense]\n    modules_to_save: [classifier.dense]\n    layers_to_transform: [3, 5]',
  ),
  files: roberta,
  async expect(client) {
    expect(await targets(client, 'output.dense')).toHaveLength(48);
    expect(await targets(client, 'classifier.dense')).toEqual(['classifier.dense']);
    expect(await targets(client, '5]')).toEqual(['layer 5']);
    expect(await targets(client, 'all-linear')).toHaveLength(8);
  },
});

defineTest({
  name: 'paths lead to config.json, adapter_config.json and the data',
  recipe: `${classification}  # end\ndata: { train: a.jsonl }\n`.replace('adapters:', 'adapters:\n  - path: ./saved'),
  files: { ...roberta, 'a.jsonl': '{}', 'saved/adapter_config.json': '{}' },
  async expect(client) {
    await client.diagnostics();
    const file = async (word: string) => (await client.definition(word)).map(({ targetUri }) => targetUri);
    const at = (name: string) => [pathToFileURL(client.path(name)).href];
    expect(await file('./models')).toEqual(at('models/roberta/config.json'));
    expect(await file('./saved')).toEqual(at('saved/adapter_config.json'));
    expect(await file('a.jsonl')).toEqual(at('a.jsonl'));
  },
});

defineTest({
  name: 'editors without links get plain locations; an unknown model has no outline',
  recipe: classification,
  files: roberta,
  capabilities: {},
  async expect(client) {
    const [first] = (await client.definition('query')) as unknown as { uri: string; range: object }[];
    expect(first).toMatchObject({
      uri: expect.stringMatching(/^rankwise-model:\/roberta/),
      range: { start: { line: 10 } },
    });
    await client.type('./models/roberta', './models/robert');
    expect(await client.definition('query')).toEqual([]);
    await client.open('other.peft', classification.replace('roberta', 'none'));
    expect(await client.outline()).toMatchObject({
      diagnostics: [{ code: 'data-missing' }, { code: 'model-not-found' }],
    });
  },
});
