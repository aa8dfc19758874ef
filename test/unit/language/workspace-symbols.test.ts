/** Symbols of the whole workspace. */
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { WorkspaceSymbol } from 'vscode-languageserver-protocol';
import { defineTest } from './harness.ts';
import { causal, classification } from './recipes.ts';

const shown = (symbols: WorkspaceSymbol[]) =>
  symbols.map(({ name, containerName }) => [name, containerName ?? ''].join(' in ')).sort();

defineTest({
  name: 'recipes and adapters of all folders, at their names; the open text stands above the file',
  recipe: classification,
  files: {
    'recipe.peft': 'name: old\n',
    'deep/er/other.peft': causal,
    'node_modules/x/skipped.peft': causal,
    '.hidden/skipped.peft': causal,
  },
  async expect(client) {
    await client.symbols();
    const found = await client.workspaceSymbols('');
    expect(shown(found)).toEqual([
      'attention in other · LoRA',
      'attention in recipe · LoRA',
      'mlp in other · LoRA',
      'other in ',
      'recipe in ',
    ]);
    const mlp = found.find(({ name }) => name === 'mlp')!;
    expect(mlp.location).toMatchObject({
      uri: pathToFileURL(client.path('deep/er/other.peft')).href,
      range: { start: { line: 12, character: 10 }, end: { line: 12, character: 13 } },
    });
    expect(shown(await client.workspaceSymbols('ATN'))).toEqual([
      'attention in other · LoRA',
      'attention in recipe · LoRA',
    ]);
    expect(await client.workspaceSymbols('xyz')).toEqual([]);
  },
});

defineTest({
  name: 'a changed file is read again; broken, huge and circular things do no harm',
  recipe: classification,
  files: {
    'a.peft': causal,
    'broken.peft': 'adapters: [',
    'huge.peft': 'k: v\n'.repeat(1_000_000),
    'folder.peft/x': '',
  },
  async expect(client) {
    symlinkSync(client.folder, client.path('loop'));
    expect(shown(await client.workspaceSymbols('mlp'))).toEqual(['mlp in a · LoRA']);
    writeFileSync(client.path('a.peft'), causal.replace('name: mlp', 'name: mlp2'));
    utimesSync(client.path('a.peft'), 1, 1);
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    expect(shown(await client.workspaceSymbols('mlp'))).toEqual(['mlp2 in a · LoRA']);
    expect(client.logged).toEqual([]);
  },
});
