/** Import and export through the server. */
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { defineTest } from './harness.ts';
import { classification, roberta } from './recipes.ts';

type Answer = {
  text?: string;
  name?: string;
  code?: string;
  error?: { code: string };
  diagnostics?: { code: string }[];
};

defineTest({
  name: 'an adapter of PEFT becomes a recipe; what is none is an error with its code',
  recipe: classification,
  files: {
    'sst2/adapter_config.json': '{"peft_type": "LORA", "r": 4, "lora_alpha": 4, "base_model_name_or_path": "m"}',
    'ci.yml': 'on: push\n',
  },
  async expect(client) {
    const ask = (file: string) =>
      client.connection.sendRequest<Answer>('rankwise/import', { uri: pathToFileURL(client.path(file)).href });
    expect(await ask('sst2/adapter_config.json')).toMatchObject({
      name: 'sst2',
      text: expect.stringContaining('rank: 4'),
    });
    expect((await ask('ci.yml')).error!.code).toBe('bad-axolotl-config');
    expect((await ask('none.yml')).error!.code).toBe('file-not-readable');
  },
});

defineTest({
  name: 'a recipe becomes Python with its rank resolved; one with errors gives its findings',
  recipe: classification.replace('rank: 8', 'rank: auto'),
  files: roberta,
  async expect(client) {
    const ask = () => client.connection.sendRequest<Answer>('rankwise/python', { uri: client.uri });
    // 1M over 48 matrices of 1024 × 1024.
    expect((await ask()).code).toContain('    r=10,\n');
    await client.type('rank: auto', 'rank: 5000');
    expect((await ask()).diagnostics!.map(({ code }) => code)).toContain('rank-too-large');
  },
});
