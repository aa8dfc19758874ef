/** `rankwise/runEdit` and `rankwise/comparedRuns`: a run's settings in an open recipe, and what runs came to. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { LanguageRequests } from '../../../server/protocol/language.ts';
import { type Client, defineTest } from './harness.ts';

const model = 'model: { path: models/tiny, task: causal-lm }';
const head = `version: 1\n${model}\nadapters:\n`;
const run = `${head}  - name: x
    method: svft
    exclude_modules: []
    layers_to_transform: all
    target_modules: [q_proj, v_proj]
    pattern: banded
    off_diagonals: 4
    gate: false
    init: zero
data: { train: /elsewhere/train.jsonl, max_length: 64 }
training:
  num_epochs: 6
  optimizer: { name: adamw, learning_rate: 0.02 }
  seed: 7
output: /elsewhere
`;
const event = { time: '', event: 'evaluation', step: 3, loss: 0.5, metrics: {} };
const files = {
  'models/tiny': { fixture: 'tiny/llama' },
  'runs/a/recipe.peft': run,
  'runs/a/metrics.jsonl': `${JSON.stringify(event)}\n{"event":`,
};
const folder = (client: Client, name: string) => path.join(path.dirname(fileURLToPath(client.uri)), 'runs', name);
const after = async (client: Client, name = 'a', swept: string[] = []) => {
  const asked: LanguageRequests['rankwise/runEdit']['params'] = { uri: client.uri, run: folder(client, name), swept };
  const result: LanguageRequests['rankwise/runEdit']['result'] = await client.connection.sendRequest(
    'rankwise/runEdit',
    asked,
  );
  return 'edits' in result ? client.apply(result.edits) : result.error.code;
};

defineTest({
  name: "a run's adapters and training are written; defaults, model, data, seed and comments stay",
  recipe: `${head}  # mine
  - method: lora # for now
    rank: 4
    target_modules: [q_proj, v_proj]
training:
  num_epochs: 3
  seed: 1
`,
  files,
  async expect(client) {
    const text = await after(client);
    expect(text).toBe(`${head}  # mine
  - method: svft # for now
    off_diagonals: 4
    pattern: banded
    target_modules: [q_proj, v_proj]
training:
  num_epochs: 6
  optimizer: { learning_rate: 0.02 }
  seed: 1
`);
  },
});

defineTest({
  name: 'what a sweep set is written too, wherever it stands',
  recipe: `${head}  - { method: svft, pattern: banded, off_diagonals: 4, target_modules: [q_proj, v_proj] }
training: { num_epochs: 6, optimizer: { learning_rate: 0.02 } }
`,
  files,
  async expect(client) {
    expect(await after(client)).toBe(client.apply([]));
    expect(await after(client, 'a', ['data.max_length'])).toBe(
      `${client.apply([]).trimEnd()}\ndata: { max_length: 64 }\n`,
    );
  },
});

defineTest({
  name: 'a run that is gone, and one of other adapters, write nothing',
  recipe: `${head}  - { method: lora, target_modules: [q_proj] }\n  - { method: lora, target_modules: [v_proj] }\n`,
  files,
  async expect(client) {
    expect(await after(client, 'b')).toBe('run-missing');
    expect(await after(client)).toBe('other-adapters');
  },
});

defineTest({
  name: 'a run that goes on has its best evaluation so far; a torn line waits',
  recipe: head,
  files,
  async expect(client) {
    const record = {
      format: 1,
      id: 'a',
      run: folder(client, 'a'),
      name: 'a',
      recipe: '',
      state: 'running',
      method: 'svft',
      model: 'm',
      step: 3,
      totalSteps: 9,
      createdAt: '',
      resumes: 0,
    };
    const missing = { ...record, run: folder(client, 'b'), state: 'missing' };
    const runs = await client.connection.sendRequest('rankwise/comparedRuns', { records: [record, missing] });
    expect(runs).toMatchObject([
      { provisional: true, scores: { loss: 0.5 }, size: 'off_diagonals = 4', seed: 7 },
      { state: 'missing', notes: [expect.stringContaining('not there')] },
    ]);
  },
});
