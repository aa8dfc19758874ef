import {
  type BertConfig,
  type EncoderVariant,
  encoderConfig,
  encoderDiskNames,
  encoderTable,
  encoderTasks,
} from './encoder.ts';
import { linear } from './modules.ts';
import type { Family, ModelConfig } from './types.ts';

const variant: EncoderVariant = {
  id: 'bert',
  title: 'BERT',
  architecture: 'BertForSequenceClassification',
  padTokenId: 0,
  padsPositions: false,
  head: (c, labels) => [
    linear('bert.pooler.dense', c.hidden, c.hidden, true, 'pooler'),
    linear('classifier', labels, c.hidden, true, 'task-head'),
  ],
  defaultTargets: { lora: ['query', 'value'], ia3: ['key', 'value', 'output.dense'] },
};

export const bertConfig = (config: ModelConfig): BertConfig => encoderConfig(variant, config);

export const bert: Family = {
  id: 'bert',
  title: variant.title,
  modelTypes: ['bert'],
  tasks: encoderTasks,
  runs: encoderTasks,
  table: (config, task, numLabels) => encoderTable(variant, config, task, numLabels),
  diskNames: (name) => encoderDiskNames('bert', name),
};
