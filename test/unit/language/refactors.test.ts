/** Targets said another way: offered where the same modules are taken, and only there. */
import { expect } from 'vitest';
import type { CodeAction, TextEdit } from 'vscode-languageserver-protocol';
import { type Client, defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

const refactors = (client: Client, only = ['refactor']): Promise<CodeAction[]> => {
  const range = { start: client.cursor, end: client.cursor };
  return client.request('textDocument/codeAction', { range, context: { diagnostics: [], only } });
};
/** The `target_modules` line (or lines) of each offer, by its title. */
async function offers(client: Client): Promise<Record<string, string>> {
  await client.diagnostics();
  const found = (await refactors(client)).map(({ title, kind, edit }) => {
    expect(kind).toBe('refactor.rewrite');
    const text = client.apply(edit!.changes![client.uri] as TextEdit[]);
    return [title, /target_modules: *(.*)/.exec(text.slice(client.text.indexOf('target_modules')))![1]!];
  });
  return Object.fromEntries(found);
}
const targets = (text: string) => classification.replace('[query, value]', `‸${text}`);

defineTest({
  name: 'a list becomes a regular expression',
  recipe: targets('[query, attention.output.dense]'),
  files: roberta,
  async expect(client) {
    expect(await offers(client)).toEqual({
      'Convert to a regular expression': "'.*\\.(query|attention\\.output\\.dense)'",
    });
  },
});

defineTest({
  name: 'a block list too, and what it stands before stays',
  recipe: targets('\n      - query\n      - value\n    exclude_modules: [layer.0.attention.self.value]'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    client.cursor = client.positionOf('value');
    const [action] = await refactors(client);
    const text = client.apply(action!.edit!.changes![client.uri] as TextEdit[]);
    expect(text).toContain('    target_modules: ".*\\.(query|value)"'.replaceAll('"', "'"));
    expect(text).toContain("'\n    exclude_modules: [layer");
  },
});

defineTest({
  name: 'a regular expression becomes a list of short names where those take no other module',
  recipe: targets("'.*\\.(query|value)'"),
  files: roberta,
  async expect(client) {
    expect(await offers(client)).toEqual({ 'Convert to a list': '[query, value]' });
  },
});

defineTest({
  name: 'some layers alone are named in full while they are few',
  recipe: targets("'.*layer\\.[01]\\..*query'"),
  files: roberta,
  async expect(client) {
    expect(await offers(client)).toEqual({
      'Convert to a list':
        '[roberta.encoder.layer.0.attention.self.query, roberta.encoder.layer.1.attention.self.query]',
    });
  },
});

defineTest({
  name: 'many such have no list',
  recipe: causal.replace("'.*layers", "‸'.*layers"),
  files: llama70b,
  async expect(client) {
    expect(await offers(client)).toEqual({});
  },
});

defineTest({
  name: 'every linear layer is all-linear, and back',
  recipe: `version: 1\nmodel: { path: ./models/llama }\nadapters:\n  - method: lora\n    target_modules: ‸[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]\n`,
  files: llama70b,
  async expect(client) {
    const list = '[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]';
    expect((await offers(client))['Write as all-linear']).toBe('all-linear');
    await client.type(list, 'all-linear');
    const back = (await offers(client))['Convert to a list']!;
    expect(back.slice(1, -1).split(', ').sort()).toEqual(list.slice(1, -1).split(', ').sort());
  },
});

defineTest({
  name: 'nothing where a comment would be lost, elsewhere in the recipe, or when fixes alone are asked for',
  recipe: targets('\n      - query # the one\n      - value'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    client.cursor = client.positionOf('value');
    expect(await refactors(client)).toEqual([]);
    await client.type(' # the one', '');
    expect(await refactors(client, ['quickfix'])).toEqual([]);
    expect(await refactors(client)).toHaveLength(1);
    client.cursor = client.positionOf('rank: 8');
    expect(await refactors(client)).toEqual([]);
  },
});
