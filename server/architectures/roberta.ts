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
  defaultTargets: {
    lora: ['query', 'value'],
    ia3: ['key', 'value', 'output.dense'],
    adalora: ['query', 'key', 'value', 'dense'],
  },
};

export const robertaConfig = (config: ModelConfig): BertConfig => encoderConfig(variant, config);

export const roberta: Family = {
  id: 'roberta',
  title: variant.title,
  modelTypes: ['roberta'],
  tasks: encoderTasks,
  runs: encoderTasks,
  table: (config, task, numLabels) => encoderTable(variant, config, task, numLabels),
  diskNames: (name) => encoderDiskNames('roberta', name),
};
