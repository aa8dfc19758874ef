import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadModelFacts } from '../../../server/checkpoint/model-facts.ts';
import { openSafetensors } from '../../../server/checkpoint/safetensors/read.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { fixture, temporaryFolder } from './safetensors/files.ts';

function copyOf(model: string, change: Record<string, unknown> = {}): string {
  const dir = path.join(temporaryFolder(), 'model');
  mkdirSync(dir);
  cpSync(fixture(`tiny/${model}/model.safetensors`), path.join(dir, 'model.safetensors'));
  const config = JSON.parse(readFileSync(fixture(`tiny/${model}/config.json`), 'utf8'));
  writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ ...config, ...change }));
  return dir;
}

const facts = (dir: string, task: string, numLabels?: number) =>
  loadModelFacts(path.basename(dir), { cwd: path.dirname(dir), task, ...(numLabels && { numLabels }) });

it('has nothing to say about a sound model', async () => {
  const dir = copyOf('bert');
  writeFileSync(path.join(dir, 'tokenizer.json'), '{}');
  expect(await facts(dir, 'sequence-classification')).toMatchObject({
    dir,
    hasWeights: true,
    tokenizerFile: path.join(dir, 'tokenizer.json'),
    table: { family: 'bert' },
    problems: [],
  });
});

it('finds the vocabulary of older checkpoints, and the chat template', async () => {
  const dir = copyOf('bert');
  writeFileSync(path.join(dir, 'vocab.json'), '{}');
  expect(await facts(dir, 'sequence-classification')).not.toHaveProperty('tokenizerFile');
  writeFileSync(path.join(dir, 'merges.txt'), '');
  writeFileSync(path.join(dir, 'tokenizer_config.json'), '{"eos_token": "a"}');
  const found = await facts(dir, 'sequence-classification');
  expect([found.tokenizerFile, found.chatTemplate]).toEqual([path.join(dir, 'vocab.json'), undefined]);
  writeFileSync(path.join(dir, 'tokenizer_config.json'), '{"chat_template": "a"}');
  expect((await facts(dir, 'sequence-classification')).chatTemplate).toBe(true);
});

it('works from config.json alone, with a warning', async () => {
  const found = await facts(fixture('configs/llama-3-8b'), 'causal-lm');
  expect(found).toMatchObject({ hasWeights: false, problems: [{ code: 'weights-missing', severity: 'warning' }] });
  expect(found.tokenizerFile).toBeUndefined();
  expect(found.table.totalParameters).toBe(8030261248);
});

it('names the tensors that disagree with config.json, and how many more', async () => {
  const one = await facts(copyOf('llama', { vocab_size: 300 }), 'causal-lm');
  expect(one.problems).toEqual([
    expect.objectContaining({
      code: 'shape-mismatch',
      severity: 'error',
      message: expect.stringMatching(
        /model.embed_tokens.weight is \[256,64\] in model.safetensors, config.json implies \[300,64\]/,
      ),
    }),
    expect.objectContaining({ message: expect.stringMatching(/lm_head.weight/) }),
  ]);
  const many = await facts(copyOf('llama', { num_hidden_layers: 40 }), 'causal-lm');
  expect(many.problems).toHaveLength(21);
  expect(many.problems[0]).toMatchObject({ code: 'tensor-missing', message: expect.stringMatching(/model.layers.2/) });
  expect(many.problems[20]!.message).toBe(`and ${38 * 9 - 20} more disagreements`);
});

it('counts a checkpoint of packed codes, and says what to take in its place', async () => {
  const packed = { quantization_config: { quant_method: 'gptq', bits: 4 } };
  const found = await facts(copyOf('llama', packed), 'causal-lm');
  expect(found.table.totalParameters).toBe((await facts(copyOf('llama'), 'causal-lm')).table.totalParameters);
  const message = expect.stringMatching(/packed codes \(GPTQ, 4 bits\).*`model.dtype: nf4`/);
  expect(found.problems).toEqual([{ code: 'quantized-checkpoint', severity: 'error', message }]);
  const unknown = facts(copyOf('llama', { ...packed, model_type: 'unheard-of' }), 'causal-lm');
  await expect(unknown).rejects.toMatchObject({ code: 'quantized-checkpoint', field: 'quantization_config' });
});

it('replaces a head that is for other labels than are asked for, and tells it from a wrong model', async () => {
  const message = 'classifier.out_proj of the checkpoint is for 3 labels; for 5 a new one is trained';
  const asked = await facts(copyOf('roberta'), 'sequence-classification', 5);
  expect(asked.problems).toEqual([{ code: 'head-replaced', severity: 'warning', message }]);
  const torn = await facts(copyOf('roberta', { num_labels: 5 }), 'sequence-classification');
  const advice = /classifier.out_proj.\w+ .* Set model.num_labels to the labels of the checkpoint \(3\)/;
  expect(torn.problems.map((p) => p.message)).toEqual([expect.stringMatching(advice), expect.stringMatching(advice)]);
});

it('says that a head missing from a base checkpoint starts afresh', async () => {
  const dir = copyOf('bert');
  const whole = openSafetensors(fixture('tiny/bert/model.safetensors'));
  const base = [...whole.tensors].filter(([name]) => !/classifier|pooler/.test(name));
  const tensors = base.map(([name, { shape }]) => ({ name, shape, data: () => whole.read(name).data }));
  writeSafetensors(path.join(dir, 'model.safetensors'), tensors);
  whole.close();
  expect((await facts(dir, 'sequence-classification')).problems).toEqual([
    {
      code: 'new-parameters',
      severity: 'information',
      message: expect.stringMatching(/bert.pooler.dense.weight, bert.pooler.dense.bias, classifier.weight/),
    },
  ]);
});

it('keeps the table when the weights are broken', async () => {
  const dir = copyOf('llama');
  truncateSync(path.join(dir, 'model.safetensors'), 4000);
  const found = await facts(dir, 'causal-lm');
  expect(found).toMatchObject({ hasWeights: false, problems: [{ code: 'bad-safetensors', severity: 'error' }] });
  expect(found.problems[0]!.message).toMatch(/download or copy it again/);
});

it('names config.json in its faults', async () => {
  const dir = copyOf('llama', { hidden_size: -1 });
  await expect(facts(dir, 'causal-lm')).rejects.toThrow(
    expect.objectContaining({ code: 'bad-config', field: 'hidden_size', file: path.join(dir, 'config.json') }),
  );
});

it('says what happens to images where preprocessor_config.json is missing, and what is wrong with one', async () => {
  const dir = copyOf('vit');
  const [missing] = (await facts(dir, 'image-classification')).problems;
  expect(missing).toMatchObject({ code: 'preprocessor-missing', severity: 'information' });
  expect(missing!.message).toMatch(/resized to 18 × 12/);
  const file = path.join(dir, 'preprocessor_config.json');
  writeFileSync(file, '{"size": {"height": 18, "width": 12}}');
  expect((await facts(dir, 'image-classification')).problems).toEqual([]);
  writeFileSync(file, '{"size": 224}');
  const [bad] = (await facts(dir, 'image-classification')).problems;
  expect(bad).toMatchObject({ code: 'bad-preprocessor', severity: 'error' });
  expect(bad!.message).toContain(`${file}: size makes images of 224 × 224; the model takes 18 × 12`);
});
