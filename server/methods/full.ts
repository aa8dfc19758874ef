import { sizeOf } from '../base/tensor.ts';
import { count } from '../base/units.ts';
import type { Method } from './types.ts';

const size = (parameters: Record<string, number[]>): number =>
  Object.values(parameters).reduce((sum, shape) => sum + sizeOf(shape), 0);

/** Ordinary fine-tuning: the yardstick that the other methods are measured against. */
export const full: Method = {
  id: 'full',
  title: 'Full fine-tuning',
  summary: 'Trains the weights themselves; the result is a model, not an adapter.',
  doc: `**Full fine-tuning** trains every parameter of the model, tied weights once. With \`target_modules\` it trains the
parameters of the modules that match, biases included, and leaves the rest frozen.

The result is a whole model folder. AdamW keeps two numbers per trained parameter, so memory is about four times the weights.

Usual learning rate: 1e-5 to 5e-5.`,
  paper: {
    title: 'BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    url: 'https://arxiv.org/abs/1810.04805',
  },
  fields: [],
  recipes: [
    {
      from: "the BERT paper's GLUE",
      task: 'sequence-classification',
      entry: {},
      training: {
        num_epochs: 3,
        batch_size: 32,
        optimizer: { learning_rate: 2e-5, weight_decay: 0.01 },
        scheduler: { name: 'linear', warmup_ratio: 0.1 },
      },
      max_length: 128,
    },
  ],
  kind: 'parameters',
  result: 'model',
  trainable: ({ parameters }) => size(parameters),
  formula: 'every parameter',
  filledIn: ({ parameters }) =>
    `${Object.values(parameters)
      .map((shape) => shape.join('·'))
      .join(' + ')} = ${count(size(parameters))}`,
  sharedBytes: () => 0,
  trainedParameters: 'True',
  updateRank: ({ m, n }) => Math.min(m, n),
  learningRate: 5e-5,
  check: () => [],
};
