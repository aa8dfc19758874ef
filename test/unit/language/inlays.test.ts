import { expect } from 'vitest';
import type { InlayHint } from 'vscode-languageserver-protocol';
import { defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

defineTest({
  name: 'counts on RoBERTa-large',
  recipe: classification,
  files: roberta,
  async expect(client) {
    await expect(await client.annotated()).toMatchFileSnapshot('golden/inlays-roberta-large.peft');
  },
});

defineTest({
  name: 'counts on Llama-3-70B, with a pattern that misses layers',
  recipe: causal,
  files: llama70b,
  async expect(client) {
    await expect(await client.annotated()).toMatchFileSnapshot('golden/inlays-llama-3-70b.peft');
  },
});

defineTest({
  name: 'the rank that `auto` takes: the largest within the budget',
  recipe: classification.replace('rank: 8', 'rank: auto'),
  files: roberta,
  async expect(client) {
    // 48 matrices of 1024×1024: 98,304 a rank, ten of which fit in 1M.
    expect(await client.annotated()).toContain('rank: auto⟨= 10⟩');
    expect(await client.annotated()).toContain('trainable: 1M⟨983,040 used · 16,960 left⟩');
  },
});

defineTest({
  name: 'the tooltip lists the modules',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const hints = await client.inlays();
    const query = hints.find((hint) => hint.label === '24 modules')!;
    const { tooltip } = await client.connection.sendRequest<InlayHint>('inlayHint/resolve', query);
    expect(tooltip).toMatchObject({ value: expect.stringContaining('`roberta.encoder.layer.0.attention.self.query`') });
    expect(tooltip).toMatchObject({ value: expect.stringMatching(/- and 4 more$/) });
  },
});

defineTest({
  name: 'only those of the range asked for',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const range = { start: { line: 7, character: 0 }, end: { line: 7, character: 99 } };
    const hints = await client.request<InlayHint[]>('textDocument/inlayHint', { range });
    expect(hints.map((hint) => hint.position.line)).toEqual([7]);
  },
});

defineTest({
  name: 'none without a model, and they stay while the text is half typed',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const before = await client.inlays();
    expect(before.length).toBeGreaterThan(3);
    await client.type('path: ./models/roberta', 'path:');
    expect((await client.inlays()).map((hint) => hint.label)).toEqual(before.map((hint) => hint.label));
    await client.type('path:', 'path: ./models/none');
    expect(await client.inlays()).toEqual([]);
  },
});
