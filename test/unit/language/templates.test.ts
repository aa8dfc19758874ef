/** Whole recipes and entries from the papers' settings: each is one that the editor would call right. */
import { describe, expect, it } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-protocol';
import { analyse } from '../../../server/budget/analyse.ts';
import { plainText, recipeText, snippetHoles } from '../../../server/language/snippets.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Method } from '../../../server/methods/types.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';
import { worldOf } from '../budget/harness.ts';
import { type Client, defineTest, editor } from './harness.ts';
import { classification, llama70b, roberta } from './recipes.ts';

const all = Object.values<Method>(methods).flatMap((method) =>
  method.recipes.map((paper) => ({ method, paper, name: `${method.id}: ${paper.from}` })),
);

describe.each(all)('$name', ({ method, paper }) => {
  const text = recipeText(method, paper, './model', plainText);

  it('is free of faults, on a model too', () => {
    const document = parseRecipe(text, methods);
    expect(document.diagnostics).toEqual([]);
    const world = worldOf(paper.task === 'causal-lm' ? 'llama-3-8b' : 'roberta-large');
    const { diagnostics, estimate } = analyse(document, world);
    expect(diagnostics.filter(({ severity }) => severity === 'error' || severity === 'warning')).toEqual([]);
    expect(estimate!.adapterParameters).toBeGreaterThan(0);
  });

  it('is the same with its holes filled as proposed', () => {
    const snippet = recipeText(method, paper, './model', snippetHoles());
    expect(snippet.replace(/\$\{\d+:((?:\\.|[^}\\])*)\}/g, '$1').replaceAll('\\', '')).toBe(text);
  });
});

const withSnippets = {
  ...editor,
  textDocument: { ...editor.textDocument, completion: { completionItem: { snippetSupport: true } } },
};
const written = (client: Client, item: CompletionItem) => client.apply([item.textEdit as TextEdit]);

defineTest({
  name: 'an empty file is offered a recipe for every method, on a model that is there',
  recipe: '‸',
  files: roberta,
  capabilities: withSnippets,
  async expect(client) {
    // The folder is read in the background: until then another path is proposed.
    const near = async () => JSON.stringify(await client.completions()).includes('./models/roberta');
    await expect.poll(near).toBe(true);
    const items = (await client.completions()).filter(({ label }) => label.endsWith(' recipe'));
    expect([...new Set(items.map(({ label }) => label))]).toEqual(Object.keys(methods).map((id) => `${id} recipe`));
    const item = items.find(({ label }) => label === 'dora recipe')!;
    expect(item).toMatchObject({ insertTextFormat: 2, detail: "DoRA: the paper's LLaMA-7B on commonsense" });
    expect(written(client, item)).toMatch(/^version: 1\nmodel:\n {2}path: \$\{1:\.\/models\/roberta\}\n/);
  },
});

defineTest({
  name: 'an editor without snippets gets plain text; nothing is written twice',
  recipe: 'version: 1\n‸',
  async expect(client) {
    const item = (await client.completions()).find(({ label }) => label === 'lora recipe')!;
    expect(parseRecipe(written(client, item), methods).diagnostics).toEqual([]);
    await client.type('version: 1\n', 'version: 1\nmodel: { path: m }\n');
    client.cursor = { line: 2, character: 0 };
    expect((await client.completions()).some(({ label }) => label.endsWith(' recipe'))).toBe(false);
  },
});

defineTest({
  name: 'an entry for each method, with targets that the model has',
  recipe: classification.replace(/adapters:[\s\S]*$/, 'adapters:\n  - ‸\n'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const items = (await client.completions()).filter(({ label }) => label.endsWith(' entry'));
    expect(items.map(({ label }) => label)).toEqual(Object.keys(methods).map((id) => `${id} entry`));
    const text = (id: string) => (items.find(({ label }) => label === `${id} entry`)!.textEdit as TextEdit).newText;
    expect(text('lora')).toBe('method: lora\n  rank: 8\n  alpha: 8\n  target_modules: [query, value]');
    expect(text('milora')).toBe('method: milora\n  rank: 32\n  alpha: 64\n  target_modules: all-linear');
  },
});

defineTest({
  name: 'a list that is to begin gets its dash, and no keys',
  recipe: 'version: 1\nmodel: { path: ./models/llama }\nadapters:\n  ‸\n',
  files: llama70b,
  async expect(client) {
    await client.diagnostics();
    const items = await client.completions();
    expect(items.every(({ label }) => label.endsWith(' entry'))).toBe(true);
    // The editor repeats the indent of the first line.
    const text = (items[0]!.textEdit as TextEdit).newText.replaceAll('\n', '\n  ');
    expect(parseRecipe(client.text.replace(/ {2}\n$/, `  ${text}\n`), methods).diagnostics).toEqual([]);
  },
});
