/** `rankwise/resolve`: what the editor hands to the daemon. */
import { expect } from 'vitest';
import { methods } from '../../../server/methods/registry.ts';
import type { LanguageRequests } from '../../../server/protocol/language.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';
import { type Client, defineTest } from './harness.ts';

type Position = { line: number; character: number };
type Resolved = LanguageRequests['rankwise/resolve']['result'];
const resolve = (client: Client): Promise<Resolved> =>
  client.connection.sendRequest('rankwise/resolve', { uri: client.uri });
const codes = (result: Resolved) =>
  'diagnostics' in result ? result.diagnostics.filter((d) => d.severity === 'error').map((d) => d.code) : undefined;

const recipe = `version: 1
model: { path: models/tiny, task: causal-lm }
adapters:
  - { method: lora, rank: auto, target_modules: [q_proj, v_proj] }
data: { train: train.jsonl }
budget: { trainable: 1000 }
`;
const files = { 'models/tiny': { fixture: 'tiny/llama' }, 'train.jsonl': '{"input_ids":[1,2]}\n' };

defineTest({
  name: 'defaults, `auto` and paths are resolved',
  recipe,
  files,
  async expect(client) {
    const result = await resolve(client);
    if (!('submit' in result)) throw new Error(JSON.stringify(result));
    const { submit } = result;
    expect(submit).toMatchObject({
      recipePath: client.path('recipe.peft'),
      name: 'recipe',
      output: client.path('runs'),
      method: 'lora',
      model: 'tiny',
    });
    const again = parseRecipe(submit.recipeText, methods);
    expect(again.diagnostics).toEqual([]);
    expect(again.recipe).toMatchObject({
      model: { path: client.path('models/tiny') },
      data: { train: client.path('train.jsonl') },
      adapters: [{ rank: expect.any(Number), target_modules: ['q_proj', 'v_proj'] }],
    });
  },
});

defineTest({
  name: 'the backend of the setting holds where the recipe leaves it open',
  recipe,
  files,
  async expect(client) {
    const submitted = async (backend?: string) => {
      const result = await client.connection.sendRequest<Resolved>('rankwise/resolve', { uri: client.uri, backend });
      return 'submit' in result && parseRecipe(result.submit.recipeText, methods).recipe!.training.backend;
    };
    expect(await submitted('webgpu')).toBe('webgpu');
    expect(await submitted()).toBe('auto');
  },
});

defineTest({
  name: 'what only a run needs is an error now',
  recipe: recipe.replace('data: { train: train.jsonl }\n', ''),
  files,
  async expect(client) {
    expect((await client.diagnostics()).filter((d) => d.severity === 1)).toEqual([]);
    expect(codes(await resolve(client))).toEqual(['data-missing']);
  },
});

defineTest({
  name: 'faults come back as diagnostics',
  recipe: recipe.replace('models/tiny', 'models/none').replace('train.jsonl', 'none.jsonl'),
  files,
  async expect(client) {
    expect(codes(await resolve(client))).toEqual(['model-not-found', 'data-missing']);
  },
});

defineTest({
  name: 'a saved adapter that is not there is an error',
  recipe: recipe.replace('method: lora, rank: auto, target_modules: [q_proj, v_proj]', 'path: adapters/none'),
  files,
  async expect(client) {
    expect(codes(await resolve(client))).toEqual(['adapter-not-found']);
  },
});

defineTest({
  name: 'a saved adapter is counted by its own files',
  recipe: recipe
    .replace('method: lora, rank: auto, target_modules: [q_proj, v_proj]', 'path: saved')
    .replace('1000', '1M'),
  files: { ...files, saved: { fixture: 'traces/llama/lora/adapter_before' } },
  async expect(client) {
    const shown = (await client.annotated()).split('\n').find((line) => line.includes('path: saved'));
    expect(shown).toMatch(/saved⟨[\d,]+ trainable · /);
    const result = await resolve(client);
    expect(codes(result)).toBeUndefined();
    expect('submit' in result && result.submit.recipeText).toContain(client.path('saved'));
  },
});

defineTest({
  name: 'a folder of several saved adapters names them',
  recipe: recipe.replace('method: lora, rank: auto, target_modules: [q_proj, v_proj]', 'path: saved'),
  files: {
    ...files,
    'saved/a': { fixture: 'traces/llama/lora/adapter_before' },
    'saved/b': { fixture: 'traces/llama/lora/adapter_before' },
  },
  async expect(client) {
    const result = await resolve(client);
    expect(codes(result)).toEqual(['several-adapters']);
    expect('diagnostics' in result && result.diagnostics[0]!.message).toContain('{ path: saved/a }, { path: saved/b }');
  },
});

defineTest({
  name: 'a recipe that is not open',
  recipe,
  async expect(client) {
    const result = await client.connection.sendRequest<Resolved>('rankwise/resolve', { uri: 'file:///none.peft' });
    expect(codes(result)).toEqual(['recipe-not-open']);
  },
});

const swept = recipe.replace('rank: auto, ', '').replace('budget: { trainable: 1000 }\n', '');

defineTest({
  name: 'a sweep is resolved into its points, each with what follows from its values',
  recipe: `${swept}sweep: { adapters.0.rank: [2, 4], adapters.0.alpha: [4], training.logging: [[], [csv]] }\n`,
  files,
  async expect(client) {
    const result = await resolve(client);
    if (!('sweep' in result)) throw new Error(JSON.stringify(result));
    const { name, points } = result.sweep;
    expect([name, result.same, result.sweep.metric]).toEqual(['recipe', 0, undefined]);
    const recipes = points.map(({ submit }) => parseRecipe(submit.recipeText, methods).recipe!);
    expect(recipes.map(({ adapters, sweep }) => [adapters[0]!.rank, adapters[0]!.alpha, sweep])).toEqual([
      [2, 4, undefined],
      [2, 4, undefined],
      [4, 4, undefined],
      [4, 4, undefined],
    ]);
    expect(new Set(points.map(({ submit }) => submit.fingerprint)).size).toBe(4);
  },
});

defineTest({
  name: 'errors of points stand at the values that make them, while typing and at launch',
  recipe: `${swept}sweep: { adapters.0.rank: [2, 4096], data.train: [train.jsonl, none.jsonl] }\n`,
  files,
  async expect(client) {
    const wrong = { 'rank-too-large': '4096', 'data-missing': 'none.jsonl' };
    const at = ({ range: { start, end } }: { range: { start: Position; end: Position } }) =>
      client.text.split('\n')[start.line]!.slice(start.character, end.character);
    const result = await resolve(client);
    if (!('diagnostics' in result)) throw new Error('it was resolved');
    expect(Object.fromEntries(result.diagnostics.map((found) => [found.code, at(found)]))).toEqual(wrong);
    const shown = (await client.diagnostics()).filter(({ severity }) => severity === 1);
    expect(Object.fromEntries(shown.map((found) => [found.code, at(found)]))).toMatchObject({
      'rank-too-large': '4096',
    });
  },
});
