import { count } from '../base/units.ts';
import type { Method, MethodModule } from './types.ts';

const biases = ({ parameters }: Pick<MethodModule, 'parameters'>): number => parameters.bias?.[0] ?? 0;

/** Ben Zaken et al., "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models". */
export const bitfit: Method = {
  id: 'bitfit',
  title: 'BitFit',
  summary: 'Trains the biases that the model has, and nothing else.',
  doc: `**BitFit** trains the bias vectors of a model, those of its norms included, and leaves every matrix as it is:

\`y = W·x + b'\`

Training starts at the base model. With \`target_modules\` it trains the biases of the modules that match; without, all. Trainable: the sum of their lengths. The
head of a classifier is trained beside them. A model without biases, such as Llama, has nothing to train: an error.

The paper (BERT on GLUE): learning rates 1e-4 to 1e-3, batch 16.`,
  paper: {
    title: 'BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models',
    url: 'https://arxiv.org/abs/2106.10199',
  },
  fields: [],
  recipes: [
    {
      from: "the paper's BERT on GLUE",
      task: 'sequence-classification',
      entry: {},
      training: { batch_size: 16, optimizer: { learning_rate: 4e-4 }, scheduler: { name: 'linear' } },
      max_length: 128,
    },
  ],
  kind: 'parameters',
  result: 'adapter',
  needs: {
    code: 'no-biases',
    met: (module) => biases(module) > 0,
    message: 'BitFit trains biases, and these modules have none. Use `lora`, or target modules that have biases.',
  },
  trainable: biases,
  formula: 'Σ biases',
  filledIn: (module) => count(biases(module)),
  sharedBytes: () => 0,
  fromPeft: (config) => (config.peft_type === 'BITFIT' ? { rank: 0, alpha: 0, options: {} } : undefined),
  trainedParameters: 'name.endswith("bias")',
  updateRank: () => 0,
  learningRate: 4e-4,
  check: () => [],
};
