/** Diagnostics, quick fixes, lenses, outline, links, formatting. */
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { Diagnostic, TextEdit } from 'vscode-languageserver-protocol';
import { parse } from 'yaml';
import { defineTest, editor } from './harness.ts';
import { classification, roberta } from './recipes.ts';

/** Codes of errors: warnings depend on this machine's memory, and the models here have no weights. */
const errors = (found: Diagnostic[]) => found.filter((d) => d.severity === 1).map((d) => d.code);

defineTest({
  name: 'all faults at once, structural and semantic, in the order of the text',
  recipe: classification.replace('rank: 8', 'rank: 2000').replace('query', 'qeury').replace('budget:', 'budgett:'),
  files: roberta,
  async expect(client) {
    expect(errors(await client.diagnostics())).toEqual(['rank-too-large', 'target-matches-nothing', 'unknown-key']);
  },
});

defineTest({
  name: 'a model that is not there is a fault of model.path',
  recipe: classification,
  async expect(client) {
    const found = await client.diagnostics();
    expect(errors(found)).toEqual(['model-not-found']);
    expect(client.text.split('\n')[found.find((d) => d.code === 'model-not-found')!.range.start.line]).toContain(
      'path:',
    );
  },
});

defineTest({
  name: 'the severity of a rule is a setting; at launch an error is an error',
  recipe: classification.replace('query', 'qeury'),
  files: roberta,
  async expect(client) {
    expect(errors(await client.diagnostics())).toEqual(['target-matches-nothing']);
    client.severity = { 'target-matches-nothing': 'warning', 'data-missing': 'loud' };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await expect.poll(async () => errors(await client.diagnostics())).toEqual([]);
    const launch = await client.connection.sendRequest<{ diagnostics: { code: string }[] }>('rankwise/resolve', {
      uri: client.uri,
    });
    expect(launch.diagnostics.map((d) => d.code)).toContain('target-matches-nothing');
  },
});

defineTest({
  name: 'editors that do not pull are told, once typing pauses',
  recipe: classification,
  files: roberta,
  capabilities: {},
  async expect(client) {
    await client.type('rank: 8', 'rank: -1');
    await expect.poll(() => errors(client.published.get(client.uri) ?? [])).toEqual(['wrong-type']);
    await client.type('rank: -1', 'rank: 4');
    await expect.poll(() => errors(client.published.get(client.uri)!)).toEqual([]);
  },
});

defineTest({
  name: 'a Hugging Face spelling has a preferred fix that makes the recipe valid',
  recipe: classification.replace('rank: 8', 'r: 8'),
  files: roberta,
  async expect(client) {
    const diagnostic = (await client.diagnostics()).find((d) => d.severity === 1)!;
    const [action] = await client.actions(diagnostic);
    expect(action).toMatchObject({ isPreferred: true, kind: 'quickfix' });
    expect(client.apply(action!.edit!.changes![client.uri] as TextEdit[])).toBe(classification);
  },
});

defineTest({
  name: 'lenses: run, spectrum, comparison, playground, and last what it costs',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const lenses = await client.lenses();
    const commands = ['run', 'showSpectrum', 'compareMethods', 'playground'].map((name) => `rankwise.${name}`);
    expect(lenses.slice(0, -1).map((lens) => lens.command)).toEqual(
      commands.map((command) => expect.objectContaining({ command, arguments: [client.uri] })),
    );
    const estimate = lenses.at(-1);
    const { command } = await client.resolveLens(estimate!);
    expect(command!.title).toMatch(/^1,838,082 trainable · 0\.515% · adapter [\d.]+ MiB · ~[\d.]+ GiB memory$/);
  },
});

defineTest({
  name: 'a lens above the data shows its first samples',
  recipe: `${classification}data: { train: train.jsonl }\n`,
  files: roberta,
  async expect(client) {
    const last = classification.split('\n').length - 1;
    const above = (await client.lenses()).filter(({ range }) => range.start.line === last);
    expect(above.map(({ command }) => command)).toEqual([
      expect.objectContaining({ command: 'rankwise.previewData', arguments: [client.uri] }),
    ]);
  },
});

defineTest({
  name: 'a method that trains the model itself results in a model',
  recipe: classification
    .replace('rank: 8\n    target_modules: [query, value]\n', '')
    .replace('lora', 'full')
    .replace(/budget.*/, ''),
  files: roberta,
  async expect(client) {
    const estimate = (await client.lenses()).find(({ data }) => data !== undefined);
    const { command } = await client.resolveLens(estimate!);
    expect(command!.title).toMatch(/^355,361,794 trainable · 100% · model 1\.32 GiB · /);
  },
});

defineTest({
  name: 'outline and folding',
  recipe: classification,
  async expect(client) {
    const symbols = await client.symbols();
    expect(symbols.map((s) => s.name)).toEqual(['version', 'model', 'adapters', 'budget']);
    expect(symbols[2]!.children![0]).toMatchObject({ name: 'attention', detail: 'LoRA' });
    expect(symbols[2]!.children![0]!.children!.map((s) => `${s.name}=${s.detail}`)).toContain('rank=8');
    expect(await client.folds()).toContainEqual({ startLine: 1, endLine: 4 });
  },
});

defineTest({
  name: 'links to the config and to data files, not to patterns and not to what is absent',
  recipe: `${classification}data: { train: [a.jsonl, 'b/*.jsonl'], validation: c.jsonl }\n`,
  files: { ...roberta, 'a.jsonl': '{}', 'b/b.jsonl': '{}' },
  async expect(client) {
    await client.diagnostics();
    const links = (await client.links()).map((link) => link.target);
    const at = (name: string) => pathToFileURL(client.path(name)).href;
    expect(links).toEqual([at('models/roberta/config.json'), at('a.jsonl')]);
  },
});

defineTest({
  name: 'formatting keeps comments, spellings and style',
  recipe: `# head
version: 1
model:
    path:   ./m # where

    dtype: float32
adapters:
- {method:  lora, target_modules: [ a,b ]}
training:
  optimizer: { learning_rate: 1.0e-3 }   # peak
`,
  async expect(client) {
    expect(await client.formatted()).toBe(`# head
version: 1
model:
  path: ./m # where

  dtype: float32
adapters:
  - { method: lora, target_modules: [a, b] }
training:
  optimizer: { learning_rate: 1.0e-3 } # peak
`);
  },
});

defineTest({
  name: 'what does not parse is not formatted',
  recipe: 'model: [1,\nadapters: }',
  capabilities: editor,
  async expect(client) {
    expect(await client.formatted()).toBe(client.text);
  },
});

const untidy = `%YAML 1.2
---
# head

version:   1   # one
model: {path: ./m,   task: causal-lm}   # flow
base: &base
    rank:  8      # anchored

adapters:
- <<: *base
  method:   lora
  name: 'it''s'   # quoted
  target_modules:
  - "q_proj"
  # between items

  - v_proj
  rank_pattern: {'.*.0..*': 4}
note: >-
    folded
    text

training: {optimizer: {learning_rate: 1.0e-3, betas: [0.9,   0.999]}}


# tail`;

defineTest({
  name: 'formatting twice is formatting once; comments, anchors, aliases, quotes and folded texts stay',
  recipe: untidy,
  async expect(client) {
    const once = await client.formatted();
    expect(once).not.toBe(untidy);
    for (const kept of [
      '# head',
      '# one',
      '# anchored',
      '# between items',
      '# tail',
      '&base',
      '*base',
      "'it''s'",
      '"q_proj"',
      '>-',
      '1.0e-3',
    ])
      expect(once).toContain(kept);
    expect(parse(once, { merge: true })).toEqual(parse(untidy, { merge: true }));
    await client.open('again.peft', once);
    expect(await client.request('textDocument/formatting', { options: { tabSize: 2, insertSpaces: true } })).toEqual(
      [],
    );
  },
});

defineTest({
  name: 'a range is formatted by itself, and only lines that differ are touched',
  recipe: classification.replace('rank: 8', 'rank:    8').replace('num_labels: 2', 'num_labels:   2'),
  async expect(client) {
    const options = { tabSize: 2, insertSpaces: true };
    const line = client.positionOf('rank:').line;
    const range = { start: { line, character: 0 }, end: { line, character: 4 } };
    const edits = await client.request<TextEdit[]>('textDocument/rangeFormatting', { range, options });
    expect(client.apply(edits)).toBe(classification.replace('num_labels: 2', 'num_labels:   2'));
    expect(await client.request('textDocument/formatting', { options })).toHaveLength(2);
  },
});
