/** Rename of adapter names, and expanding selections. */
import { expect } from 'vitest';
import type { SelectionRange } from 'vscode-languageserver-protocol';
import { type Client, defineTest } from './harness.ts';
import { causal, classification } from './recipes.ts';

const prepare = (client: Client, word: string) =>
  client.request('textDocument/prepareRename', { position: client.positionOf(word) });

defineTest({
  name: 'the name of an entry is renamed where it is written',
  recipe: causal,
  async expect(client) {
    expect(await prepare(client, 'attention')).toMatchObject({ placeholder: 'attention' });
    expect(await client.renamed('heads', 'attention')).toBe(causal.replace('attention', 'heads'));
    expect(await client.renamed('7', 'attention')).toBe(causal.replace('attention', '"7"'));
  },
});

defineTest({
  name: 'quotes and anchors stay',
  recipe: causal.replace('name: attention', `name: &a 'attention'`),
  async expect(client) {
    expect(await client.renamed('true', 'attention')).toContain(`name: &a 'true'`);
  },
});

defineTest({
  name: 'what is no name, is taken, or would rename another entry is refused',
  recipe: `${causal}# end`.replace('  - name: mlp\n    method: lora', '  - method: lora\n    # second'),
  async expect(client) {
    await expect(prepare(client, 'rank')).rejects.toThrow('Only the `name`');
    await expect(prepare(client, 'lora\n    #')).rejects.toThrow('write `name:` beside it');
    await expect(client.renamed('a/b', 'attention')).rejects.toThrow('folder name');
    await expect(client.renamed('', 'attention')).rejects.toThrow();
    await expect(client.renamed('lora', 'attention')).rejects.toThrow('Entry 1 would no longer be `lora`');
  },
});

defineTest({
  name: 'a name that another entry has is refused; an alias is renamed where it is written',
  recipe: causal.replace('name: attention', 'name: &n attention').replace('- name: mlp', '- name: *n'),
  async expect(client) {
    await expect(prepare(client, '*n')).rejects.toThrow('rename it where it is written');
    await client.type('*n', 'mlp');
    await expect(client.renamed('mlp', 'attention')).rejects.toThrow('has the name `mlp` already');
  },
});

defineTest({
  name: 'a selection grows from a value to its field, its entry and its section',
  recipe: classification,
  async expect(client) {
    const [chain] = await client.request<SelectionRange[]>('textDocument/selectionRange', {
      positions: [client.positionOf('query')],
    });
    const texts: string[] = [];
    for (let at: SelectionRange | undefined = chain; at; at = at.parent)
      texts.push(client.apply([{ range: at.range, newText: '█' }]));
    const held = texts.map((text) => {
      const [before, after] = text.split('█') as [string, string];
      return classification.slice(before.length, classification.length - after.length);
    });
    expect(held.slice(0, 3)).toEqual(['query', '[query, value]', 'target_modules: [query, value]']);
    expect(held[3]).toMatch(/^name: attention[\s\S]*\[query, value\]$/);
    expect(held.at(-2)).toMatch(/^adapters:[\s\S]*\[query, value\]$/);
    expect(held.at(-1)).toBe(classification);
  },
});
