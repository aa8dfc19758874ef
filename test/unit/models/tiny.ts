/** The tiny models of test/fixtures, with what transformers computed for them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { openSafetensors } from '../../../server/checkpoint/safetensors/read.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { ModelInputs } from '../../../server/models/types.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';
import type { Recipe } from '../../../server/recipe/types.ts';

export const fixture = (...parts: string[]): string =>
  path.join(fileURLToPath(new URL('../../fixtures', import.meta.url)), ...parts);

export const tiny = (model: string): string => fixture('tiny', model);

/** Every tensor of a file. */
export function readTensors(file: string): Map<string, HostTensor> {
  const source = openSafetensors(file);
  const tensors = new Map([...source.tensors.keys()].map((name) => [name, source.read(name)]));
  source.close();
  return tensors;
}

export interface ReferenceCase {
  name: string;
  inputs: ModelInputs;
  labels: tf.Tensor;
  attention: Float32Array;
  logits: HostTensor;
  loss: number;
}

export function referenceCases(model: string, file = 'reference'): ReferenceCase[] {
  const tensors = readTensors(path.join(tiny(model), `${file}.safetensors`));
  const int = (name: string) => {
    const { data, shape } = tensors.get(name)!;
    return tf.tensor(Int32Array.from(data), shape, 'int32');
  };
  const names = [...tensors.keys()].filter((key) => key.endsWith('.logits')).map((key) => key.slice(0, -7));
  return names.map((name) => ({
    name,
    inputs: {
      input_ids: int(`${name}.input_ids`),
      attention_mask: int(`${name}.attention_mask`),
      ...Object.fromEntries(
        ['token_type_ids', 'decoder_input_ids']
          .filter((input) => tensors.has(`${name}.${input}`))
          .map((input) => [input, int(`${name}.${input}`)]),
      ),
    },
    labels: int(`${name}.labels`),
    // Of what the logits are of: a decoder of its own has no padding mask, its labels say what is real.
    attention: tensors.has(`${name}.decoder_input_ids`)
      ? tensors.get(`${name}.labels`)!.data.map((label) => (label === -100 ? 0 : 1))
      : tensors.get(`${name}.attention_mask`)!.data,
    logits: tensors.get(`${name}.logits`)!,
    loss: tensors.get(`${name}.loss`)!.data[0]!,
  }));
}

/** Our logits; at padding, where logits mean nothing, those of transformers. */
export const atRealTokens = (ours: ArrayLike<number>, { attention, logits: { data, shape } }: ReferenceCase) =>
  Float32Array.from(ours, (value, i) =>
    shape.length === 2 || attention[Math.floor(i / shape[2]!)] === 1 ? value : data[i]!,
  );

/** That of the model's class. */
function usualTask(model: string): string {
  const { architectures } = JSON.parse(readFileSync(path.join(tiny(model), 'config.json'), 'utf8'));
  if (/ImageClassification/.test(architectures[0])) return 'image-classification';
  if (/ConditionalGeneration/.test(architectures[0])) return 'seq2seq';
  return /ForCausalLM|LMHead/.test(architectures[0]) ? 'causal-lm' : 'sequence-classification';
}

/** A recipe for a tiny model, as a run would get it; `adapters` and `more` are YAML. */
export function recipeFor(model: string, adapters: string, more = '', task = usualTask(model)): Recipe {
  const text = `version: 1\nmodel: { path: ${tiny(model)}, task: ${task} }\nadapters: ${adapters}\n${more}`;
  const { recipe, diagnostics } = parseRecipe(text, methods);
  if (!recipe) throw new Error(JSON.stringify(diagnostics));
  return recipe;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
