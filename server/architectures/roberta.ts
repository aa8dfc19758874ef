import { type BertConfig, type BertVariant, bertFamily, encoderConfig } from './encoder.ts';
import { linear } from './modules.ts';
import type { ModelConfig } from './types.ts';

const variant: BertVariant = {
  id: 'roberta',
  title: 'RoBERTa',
  architecture: 'RobertaForSequenceClassification',
  padTokenId: 1,
  padsPositions: true,
  // Its classification model has no pooler: the head reads the first token itself.
  head: (c, labels) => [
    linear('classifier.dense', c.hidden, c.hidden, true, 'task-head'),
    linear('classifier.out_proj', labels, c.hidden, true, 'task-head'),
  ],
  targets: {
    lora: ['query', 'value'],
    ia3: ['key', 'value', 'output.dense'],
    feedforward: ['output.dense'],
    adalora: ['query', 'key', 'value', 'dense'],
  },
};

export const robertaConfig = (config: ModelConfig): BertConfig => encoderConfig(variant, config);

export const roberta = bertFamily(variant);
