/** `rankwise/spectrum` and `rankwise/rankEdit`: the texts that a rank is written into, before and after. */
import { expect } from 'vitest';
import type { LanguageRequests } from '../../../server/protocol/language.ts';
import { type Client, defineTest } from './harness.ts';

type Spectrum = LanguageRequests['rankwise/spectrum']['result'];
type Edit = LanguageRequests['rankwise/rankEdit']['result'];

const files = { 'models/tiny': { fixture: 'tiny/llama' }, saved: { fixture: 'traces/llama/lora/adapter_before' } };
const q0 = 'model.layers.0.self_attn.q_proj';
const v1 = 'model.layers.1.self_attn.v_proj';
const head = 'version: 1\nmodel: { path: models/tiny, task: causal-lm }\nadapters:\n';
const edit = (client: Client, matrix: string, rank: number): Promise<Edit> =>
  client.connection.sendRequest('rankwise/rankEdit', { uri: client.uri, matrix, rank });

defineTest({
  name: 'the model and what each claimed matrix loses to its method',
  recipe: `${head}  - { method: lora, rank: 4, target_modules: [q_proj], rank_pattern: { layers.1.self_attn.q_proj: 2 } }\n  - { method: full, target_modules: [v_proj] }\n`,
  files,
  async expect(client) {
    const result: Spectrum = await client.connection.sendRequest('rankwise/spectrum', { uri: client.uri });
    expect(result).toEqual({
      model: client.path('models/tiny'),
      cuts: [
        { matrix: q0, method: 'lora', rank: 4, end: 'none' },
        { matrix: 'model.layers.1.self_attn.q_proj', method: 'lora', rank: 2, end: 'none' },
      ],
    });
  },
});

defineTest({
  name: 'which end a method takes',
  recipe: `${head}  - { method: pissa, rank: 4, target_modules: [q_proj] }
  - { method: milora, rank: 3, target_modules: [v_proj] }
  - { method: lora-xs, rank: 2, target_modules: [o_proj] }
`,
  files,
  async expect(client) {
    const result: Spectrum = await client.connection.sendRequest('rankwise/spectrum', { uri: client.uri });
    const cuts = 'cuts' in result ? result.cuts.filter(({ matrix }) => matrix.includes('layers.0')) : [];
    expect(cuts.map(({ method, rank, end }) => [method, rank, end])).toEqual([
      ['pissa', 4, 'top'],
      ['milora', 3, 'bottom'],
      ['lora-xs', 2, 'top'],
    ]);
  },
});

defineTest({
  name: 'no model, no spectrum',
  recipe: `${head.replace('tiny', 'none')}  - { method: lora, target_modules: [q_proj] }\n`,
  async expect(client) {
    const result: Spectrum = await client.connection.sendRequest('rankwise/spectrum', { uri: client.uri });
    expect('diagnostics' in result && result.diagnostics.map(({ code }) => code)).toContain('model-not-found');
    const other = await client.connection.sendRequest<Spectrum>('rankwise/spectrum', { uri: 'file:///none.peft' });
    expect('diagnostics' in other && other.diagnostics[0]?.code).toBe('recipe-not-open');
    expect(await edit(client, q0, 2)).toMatchObject({ error: { code: 'model-not-known' } });
  },
});

/** The entry (and what follows) before and after. */
const golden = (name: string, before: string, after: string, matrix = q0, rank = 2) =>
  defineTest({
    name,
    recipe: head + before,
    files,
    async expect(client) {
      const result = await edit(client, matrix, rank);
      if ('error' in result) throw new Error(JSON.stringify(result));
      expect(client.apply(result.edits)).toBe(head + after);
    },
  });

golden(
  'a block entry without a pattern gets one below its rank',
  '  # attention only\n  - method: lora # the usual\n    rank: 4 # small\n\n    target_modules: [q_proj]\noutput: runs\n',
  `  # attention only\n  - method: lora # the usual\n    rank: 4 # small\n    rank_pattern:\n      ${q0}: 2\n\n    target_modules: [q_proj]\noutput: runs\n`,
);
golden(
  'without a rank it stands below the method, also at the end of the text',
  '  - target_modules: [q_proj]\n    method: lora',
  `  - target_modules: [q_proj]\n    method: lora\n    rank_pattern:\n      ${q0}: 2`,
);
golden(
  'a flow entry stays one',
  '  - { method: lora, rank: 4, target_modules: [q_proj] } # all in a line\n',
  `  - { method: lora, rank: 4, rank_pattern: { ${q0}: 2 }, target_modules: [q_proj] } # all in a line\n`,
);
golden(
  'quotes stay the style of JSON',
  '  - { "method": "lora", "target_modules": ["q_proj"] }\n',
  `  - { "method": "lora", "rank_pattern": { "${q0}": 2 }, "target_modules": ["q_proj"] }\n`,
);
golden(
  'a block pattern grows at its end',
  `  - method: lora\n    rank_pattern:\n        # the last layer\n        '${v1}': 6 # more\n    target_modules: [q_proj, v_proj]\n`,
  `  - method: lora\n    rank_pattern:\n        # the last layer\n        '${v1}': 6 # more\n        '${q0}': 2\n    target_modules: [q_proj, v_proj]\n`,
);
golden(
  'a flow pattern too',
  `  - method: lora\n    rank_pattern: { "${v1}": 6 }\n    target_modules: [q_proj, v_proj]\n`,
  `  - method: lora\n    rank_pattern: { "${v1}": 6, "${q0}": 2 }\n    target_modules: [q_proj, v_proj]\n`,
);
golden(
  'an empty one is filled',
  '  - method: lora\n    rank_pattern: {} # none yet\n    target_modules: [q_proj]\n',
  `  - method: lora\n    rank_pattern: { ${q0}: 2 } # none yet\n    target_modules: [q_proj]\n`,
);
golden(
  'a field with nothing behind it is filled',
  '  - method: lora\n    rank_pattern: # none yet\n    target_modules: [q_proj]\n',
  `  - method: lora\n    rank_pattern: { ${q0}: 2 } # none yet\n    target_modules: [q_proj]\n`,
);
golden(
  'what matches more than this matrix is left alone, and comes after it: the first key holds',
  '  - method: lora\n    rank_pattern:\n      # queries\n      q_proj: 6\n    target_modules: [q_proj]\n',
  `  - method: lora\n    rank_pattern:\n      ${q0}: 2\n      # queries\n      q_proj: 6\n    target_modules: [q_proj]\n`,
);
golden(
  'in flow style too',
  '  - { method: lora, rank_pattern: { v_proj: 3, q_proj: 6 }, target_modules: [q_proj, v_proj] }\n',
  `  - { method: lora, rank_pattern: { ${q0}: 2, v_proj: 3, q_proj: 6 }, target_modules: [q_proj, v_proj] }\n`,
);
golden(
  'what matches this matrix alone changes its rank, however it is spelt',
  '  - method: lora\n    rank_pattern: { v_proj: 3, layers.0.self_attn.q_proj: 6 } # found\n    target_modules: [q_proj, v_proj]\n',
  '  - method: lora\n    rank_pattern: { v_proj: 3, layers.0.self_attn.q_proj: 2 } # found\n    target_modules: [q_proj, v_proj]\n',
);
golden(
  'a key in the shadow of an earlier one moves to the front',
  `  - method: lora\n    rank_pattern:\n      q_proj: 6\n      ${q0}: 8\n    target_modules: [q_proj]\n`,
  `  - method: lora\n    rank_pattern:\n      ${q0}: 2\n      q_proj: 6\n    target_modules: [q_proj]\n`,
);
golden(
  'the entry that claims the matrix gets it, with the line ends of the text',
  `  - { method: lora, target_modules: [q_proj] }\r\n  - method: lora\r\n    target_modules: [v_proj]\r\n`,
  `  - { method: lora, target_modules: [q_proj] }\r\n  - method: lora\r\n    rank_pattern:\r\n      ${v1}: 5\r\n    target_modules: [v_proj]\r\n`,
  v1,
  5,
);
golden(
  'what is so already stays as it is',
  '  - { method: lora, rank: 2, target_modules: [q_proj] }\n',
  '  - { method: lora, rank: 2, target_modules: [q_proj] }\n',
);

const refused = (name: string, code: string, entries: string, matrix = q0, rank = 2) =>
  defineTest({
    name: `refused: ${name}`,
    recipe: head + entries,
    files,
    expect: async (client) => expect(await edit(client, matrix, rank)).toMatchObject({ error: { code } }),
  });
const lora = '  - { method: lora, target_modules: [q_proj] }\n';

refused('a matrix that nothing claims', 'not-claimed', lora, v1);
refused('a matrix that is not there', 'not-claimed', lora, 'x');
refused('a rank above min(m, n)', 'rank-too-large', lora, q0, 65);
refused('a rank of zero', 'rank-too-small', lora, q0, 0);
refused('half a rank', 'rank-too-small', lora, q0, 1.5);
refused(
  "a rank that the method's other settings forbid",
  'rank-odd',
  lora.replace('lora,', 'lora, init: orthogonal,'),
  q0,
  3,
);
refused('a method without a rank', 'method-without-rank', '  - { method: full, target_modules: [q_proj] }\n');
refused('a saved adapter', 'saved-adapter', '  - { path: saved }\n');
refused(
  'a pattern that two entries share',
  'recipe-not-editable',
  '  - { method: lora, target_modules: [q_proj], rank_pattern: &p { ".*_proj": 4 } }\n  - { method: lora, target_modules: [v_proj], rank_pattern: *p }\n',
  v1,
);
refused(
  'what would change the rank of other matrices',
  'recipe-not-editable',
  '  - { method: lora, target_modules: [q_proj], layers_to_transform: [0], rank_pattern: &p { ".*_proj": 4 } }\n  - { method: lora, target_modules: [v_proj], rank_pattern: *p }\n',
);
refused('a text with faults', 'recipe-not-editable', `${lora}output: [\n`);
