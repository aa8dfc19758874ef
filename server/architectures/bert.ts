import { type BertConfig, type BertVariant, bertFamily, encoderConfig } from './encoder.ts';
import { linear } from './modules.ts';
import type { ModelConfig } from './types.ts';

const variant: BertVariant = {
  id: 'bert',
  title: 'BERT',
  architecture: 'BertForSequenceClassification',
  padTokenId: 0,
  padsPositions: false,
  head: (c, labels) => [
    linear('bert.pooler.dense', c.hidden, c.hidden, true, 'pooler'),
    linear('classifier', labels, c.hidden, true, 'task-head'),
  ],
  targets: { lora: ['query', 'value'], ia3: ['key', 'value', 'output.dense'], feedforward: ['output.dense'] },
};

export const bertConfig = (config: ModelConfig): BertConfig => encoderConfig(variant, config);

export const bert = bertFamily(variant);
