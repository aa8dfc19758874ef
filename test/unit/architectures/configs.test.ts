import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bertConfig } from '../../../server/architectures/bert.ts';
import { llamaConfig } from '../../../server/architectures/llama.ts';
import { robertaConfig } from '../../../server/architectures/roberta.ts';

const config = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}/config.json`, import.meta.url), 'utf8'));

it('reads Llama in the layouts of transformers 4 and 5', () => {
  expect(llamaConfig(config('configs/llama-3-8b'))).toEqual({
    vocab: 128256,
    hidden: 4096,
    intermediate: 14336,
    layers: 32,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    maxPositions: 8192,
    eps: 1e-5,
    activation: 'silu',
    tie: false,
    attentionBias: false,
    mlpBias: false,
    rope: { type: 'default', theta: 500000 },
    rotaryDim: 128,
    scale: 128 ** -0.5,
    windows: Array(32).fill(undefined),
  });
  expect(llamaConfig(config('tiny/llama')).rope).toEqual({ type: 'default', theta: 10000 });
});

it('reads BERT and RoBERTa', () => {
  expect(bertConfig(config('tiny/bert'))).toMatchObject({ positionOffset: 0, padTokenId: 0, typeVocab: 2, eps: 1e-12 });
  expect(robertaConfig(config('tiny/roberta'))).toMatchObject({ positions: 66, positionOffset: 2, numLabels: 3 });
  expect(() => bertConfig({ ...config('tiny/bert'), position_embedding_type: 'relative_key' })).toThrow(
    expect.objectContaining({ code: 'bad-config', field: 'position_embedding_type' }),
  );
});

describe('rope scaling', () => {
  const { rope_parameters: _, ...base } = config('tiny/llama');
  const rope = (more: object) => llamaConfig({ ...base, ...more }).rope;

  it('old name of the type', () => {
    expect(rope({ rope_theta: 5e5, rope_scaling: { type: 'linear', factor: 2 } })).toEqual({
      type: 'linear',
      theta: 5e5,
      factor: 2,
    });
  });

  it('llama3', () => {
    const fields = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const read = { type: 'llama3', theta: 5e5, factor: 8, lowFreqFactor: 1, highFreqFactor: 4 };
    const scaling = { ...fields, original_max_position_embeddings: 64 };
    expect(rope({ rope_theta: 5e5, rope_scaling: scaling })).toEqual({ ...read, originalMaxPositions: 64 });
    expect(rope({ rope_parameters: { ...fields, rope_theta: 5e5 } })).toEqual({ ...read, originalMaxPositions: 128 });
  });

  it('yarn fills in what the paper gives', () => {
    const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32 };
    expect(rope({ rope_scaling: yarn })).toMatchObject({
      attentionFactor: 0.1 * Math.log(4) + 1,
      betaFast: 32,
      betaSlow: 1,
      truncate: true,
    });
    expect(rope({ rope_scaling: { ...yarn, mscale: 1, mscale_all_dim: 1 } })).toMatchObject({ attentionFactor: 1 });
  });

  it.each([
    [{ rope_type: 'linear' }, 'rope_scaling.factor'],
    [{ rope_type: 'linear', factor: -2 }, 'rope_scaling.factor'],
    [{ rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 }, 'rope_scaling.high_freq_factor'],
    [{ rope_type: 'spiral' }, 'rope_scaling.rope_type'],
  ])('refuses %j', (rope_scaling, field) => {
    expect(() => rope({ rope_scaling })).toThrow(expect.objectContaining({ code: 'bad-config', field }));
  });
});
