/** Semantic tokens: fields, methods, modules that the model has or has not, sizes, files that are there or not. */
import { expect } from 'vitest';
import { defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

defineTest({
  name: 'what each word of a recipe is',
  recipe: classification.replace('[query, value]', '[query, valeu]').replace('rank: 8', 'rank: 8 # r'),
  files: roberta,
  async expect(client) {
    expect((await client.tokens()).join('\n')).toBe(`peftSection version
number 1
peftSection model
peftField path
peftPath ./models/roberta
peftField task
enumMember sequence-classification
peftField num_labels
number 2
peftSection adapters
peftField name
peftField method
peftMethod lora
peftField rank
number 8
peftField target_modules
peftModule query
peftModule! valeu
peftSection budget
peftField trainable
number 1
peftUnit M`);
  },
});

defineTest({
  name: 'keys of patterns, regular expressions, excluded and saved modules are modules; unknown fields are nothing',
  recipe: `${causal}    `.replace(
    'rank_pattern: { v_proj: 4 }',
    'rank_pattern: { v_proj: 4, w_proj: 2 }\n    exclude_modules: [layers.1.self_attn.q_proj, x]\n    modules_to_save: [lm_head, y]\n    colour: 3',
  ),
  files: llama70b,
  async expect(client) {
    const tokens = (await client.tokens()).filter((token) => token.startsWith('peftModule'));
    expect(tokens.slice(4)).toEqual([
      'peftModule v_proj',
      'peftModule! w_proj',
      'peftModule layers.1.self_attn.q_proj',
      'peftModule! x',
      'peftModule lm_head',
      'peftModule! y',
      `peftModule '.*layers\\.(1|2|3)\\d\\.mlp\\.(up|down)_proj'`,
    ]);
    expect((await client.tokens()).join()).not.toContain('colour');
  },
});

defineTest({
  name: 'paths: files that are there, and files and models that are not',
  recipe: `${classification.replace('./models/roberta', './models/none')}data: { train: [a.jsonl, '*.csv'], validation: b.jsonl }\n`,
  files: { 'a.jsonl': '{"text": "a"}', 'c.csv': 'text\n' },
  async expect(client) {
    const paths = async () => (await client.tokens()).filter((token) => token.startsWith('peftPath'));
    expect(await paths()).toEqual([
      'peftPath! ./models/none',
      'peftPath a.jsonl',
      `peftPath '*.csv'`,
      'peftPath! b.jsonl',
    ]);
    // Once one is known to be absent nothing is said of the others.
    await client.type(`'*.csv'`, 'd.csv');
    expect(await paths()).toEqual(['peftPath! ./models/none', 'peftPath! d.csv', 'peftPath! b.jsonl']);
  },
});

defineTest({
  name: 'a range has the tokens of its lines; aliases and half-typed texts do no harm',
  recipe: `${classification}x: &x [a, *x]\nadapters: *x\n{`,
  files: roberta,
  async expect(client) {
    const range = { start: { line: 2, character: 0 }, end: { line: 2, character: 9 } };
    expect(await client.tokens(range)).toEqual(['peftField path', 'peftPath ./models/roberta']);
    expect((await client.tokens()).length).toBeGreaterThan(10);
    expect(client.logged).toEqual([]);
  },
});
