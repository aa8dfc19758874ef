/** ALBERT (https://arxiv.org/abs/1909.11942): all layers of a group share their weights, which stand in the table once. */
import { encoderDiskNames, encoderTasks } from './encoder.ts';
import { badConfig, limits, size } from './fields.ts';
import { countParameters, embedding, linear, norm } from './modules.ts';
import { labelsFor, unsupportedTask } from './tasks.ts';
import type { Family, Module } from './types.ts';

export const albert: Family = {
  id: 'albert',
  title: 'ALBERT',
  modelTypes: ['albert'],
  tasks: encoderTasks,
  runs: [],
  table(config, task, numLabels) {
    if (!encoderTasks.some((known) => known === task)) throw unsupportedTask('ALBERT', task, encoderTasks);
    const vocab = size(config, 'vocab_size', limits.vocab);
    const hidden = size(config, 'hidden_size', limits.hidden);
    const intermediate = size(config, 'intermediate_size', limits.intermediate);
    const width = size(config, 'embedding_size', limits.hidden, 128);
    const depth = size(config, 'num_hidden_layers', limits.layers);
    const groups = size(config, 'num_hidden_groups', limits.layers, 1);
    const inner = size(config, 'inner_group_num', Math.floor(limits.layers / groups), 1);
    const heads = size(config, 'num_attention_heads', limits.heads);
    if (hidden % heads !== 0)
      throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
    const maxPositions = size(config, 'max_position_embeddings', limits.vocab, 512);
    const modules: Module[] = [
      embedding('albert.embeddings.word_embeddings', vocab, width),
      embedding('albert.embeddings.position_embeddings', maxPositions, width),
      embedding('albert.embeddings.token_type_embeddings', size(config, 'type_vocab_size', limits.vocab, 2), width),
      norm('albert.embeddings.LayerNorm', width, true),
      linear('albert.encoder.embedding_hidden_mapping_in', hidden, width, true, 'other'),
    ];
    for (let group = 0; group < groups; group++)
      for (let i = 0; i < inner; i++) modules.push(...layerModules(group, i, hidden, intermediate));
    modules.push(
      linear('albert.pooler', hidden, hidden, true, 'pooler'),
      linear('classifier', labelsFor(config, task, numLabels), hidden, true, 'task-head'),
    );
    return {
      architecture: 'AlbertForSequenceClassification',
      family: 'albert',
      modules,
      totalParameters: countParameters(modules),
      defaultTargets: {},
      defaultOptions: {},
      basePrefix: 'albert',
      layers: groups,
      shape: { hidden, intermediate, heads, vocab, maxPositions, depth: depth * inner },
    };
  },
  diskNames: (name) => encoderDiskNames('albert', name),
};

function layerModules(group: number, inner: number, hidden: number, intermediate: number): Module[] {
  const at = `albert.encoder.albert_layer_groups.${group}.albert_layers.${inner}`;
  const dense = (name: string, m: number, n: number, role: Module['role']) =>
    linear(`${at}.${name}`, m, n, true, role, group);
  return [
    norm(`${at}.full_layer_layer_norm`, hidden, true, group),
    ...['query', 'key', 'value', 'dense'].map((name) => dense(`attention.${name}`, hidden, hidden, 'attention')),
    norm(`${at}.attention.LayerNorm`, hidden, true, group),
    dense('ffn', intermediate, hidden, 'mlp'),
    dense('ffn_output', hidden, intermediate, 'mlp'),
  ];
}
