/** A table of modules for any model, known or not, from the names and shapes in the headers of its weight files. */
import { limits } from './fields.ts';
import { countParameters, other } from './modules.ts';
import { classOf } from './tasks.ts';
import type { ModelConfig, Module, ModuleTable, TensorShapes } from './types.ts';

/** Buffers that some checkpoints store beside the parameters. */
const buffer = /(^|\.)(inv_freq|position_ids|token_type_ids|masked_bias|running_(mean|var)|num_batches_tracked)$/;
const embeddingName = /(^|[._])(embed(?!_?proj|_out)\w*|wte|wpe|shared|relative_attention_bias)$/i;
const outputHead = /(^|\.)(lm_head|embed_out|output_projection|lm_predictions\b.*|predictions\b.*)$/;
const taskHead = /(^|\.)(\w*classifier|score|classification_head|qa_outputs)(\.|$)/;
const pooler = /(^|\.)pooler(\.|$)/;
const attention = /(attn|attention|\b[qkvo]_proj\b|query|key|value)/i;
const embeddingPart = /(^|\.)\w*embeddings?\.(?!\w*(proj|dense|linear|mapping))/i;

/**
 * 2-D weights become linear modules (Conv1D where the bias has as many entries as the weight has columns and not rows), embeddings by name
 * or by `vocab_size`, 1-D weights norms; the first number of a name is the layer. `config` fills in what shapes do not say.
 */
export function tableFromTensors(shapes: TensorShapes, config: ModelConfig = {}): ModuleTable {
  const vocab = number(config, 'vocab_size');
  const words = new Map<string, Words>();
  const modules = [...grouped(shapes)].map(([name, parameters]) => moduleOf(name, parameters, vocab, words));
  const inside = modules.filter((m) => m.layer !== undefined && (m.kind === 'linear' || m.kind === 'conv1d'));
  const hidden = number(config, 'hidden_size') ?? mostCommon(inside.map((m) => m.n)) ?? 1;
  return {
    architecture: classOf(config) ?? 'this model',
    family: 'unknown',
    modules,
    totalParameters: countParameters(modules),
    defaultTargets: {},
    defaultOptions: {},
    basePrefix: '',
    layers: modules.reduce((most, m) => Math.max(most, (m.layer ?? -1) + 1), 0),
    shape: {
      hidden,
      intermediate: number(config, 'intermediate_size') ?? inside.reduce((most, m) => Math.max(most, m.m), hidden),
      heads: number(config, 'num_attention_heads') ?? Math.max(1, Math.round(hidden / 64)),
      vocab: vocab ?? modules.reduce((most, m) => (m.kind === 'embedding' ? Math.max(most, m.m) : most), 0),
      maxPositions: number(config, 'max_position_embeddings') ?? limits.positions,
    },
  };
}

/** Parameters by module, in the order of their names, numbers as numbers. */
function grouped(shapes: TensorShapes): Map<string, Record<string, number[]>> {
  const keyed = [...shapes.keys()]
    .filter((name) => !buffer.test(name))
    .map((name) => ({ name, key: name.replace(/\d+/g, (digits) => digits.padStart(10, '0')) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const modules = new Map<string, Record<string, number[]>>();
  for (const { name } of keyed) {
    const dot = name.lastIndexOf('.');
    const module = dot < 0 ? name : name.slice(0, dot);
    const parameters = modules.get(module) ?? {};
    modules.set(module, parameters);
    parameters[dot < 0 ? 'weight' : name.slice(dot + 1)] = [...shapes.get(name)!];
  }
  return modules;
}

/** What the words of a name say, whatever its numbers: the same for all layers. */
interface Words {
  role: Module['role'];
  embedding: boolean;
  embeddingPart: boolean;
}

function wordsOf(name: string, known: Map<string, Words>): Words {
  const pattern = name.replace(/\d+/g, '0');
  let words = known.get(pattern);
  if (!words) {
    words = {
      role: roleOf(pattern),
      embedding: embeddingName.test(pattern),
      embeddingPart: embeddingPart.test(pattern),
    };
    known.set(pattern, words);
  }
  return words;
}

function moduleOf(
  name: string,
  parameters: Record<string, number[]>,
  vocab: number | undefined,
  known: Map<string, Words>,
): Module {
  const layer = layerOf(name);
  const { weight, bias } = parameters;
  const made = (kind: Module['kind'], role: Module['role'], m: number, n: number): Module => {
    const module: Module = { name, kind, m, n, bias: bias !== undefined, role, parameters };
    if (layer !== undefined) module.layer = layer;
    return module;
  };
  if (weight?.length === 1) return made('norm', 'norm', weight[0]!, 1);
  if (weight?.length !== 2) return other(name, parameters, 'other', layer);
  const [rows, columns] = weight as [number, number];
  const { role, embedding, embeddingPart } = wordsOf(name, known);
  const outside = layer === undefined && (rows === vocab || embeddingPart);
  if ((embedding || outside) && bias === undefined && role !== 'output-head' && role !== 'task-head')
    return made('embedding', 'embedding', rows, columns);
  const turned = bias?.length === 1 && bias[0] === columns && columns !== rows;
  return turned ? made('conv1d', role, columns, rows) : made('linear', role, rows, columns);
}

/** The first number between dots; a number beyond any model's depth is a name like another. */
function layerOf(name: string): number | undefined {
  const found = /\.(\d{1,4})(\.|$)/.exec(name);
  const layer = found ? Number(found[1]) : undefined;
  return layer !== undefined && layer < limits.layers ? layer : undefined;
}

function roleOf(name: string): Module['role'] {
  if (outputHead.test(name)) return 'output-head';
  if (taskHead.test(name)) return 'task-head';
  if (pooler.test(name)) return 'pooler';
  if (attention.test(name)) return 'attention';
  return /\d/.test(name) ? 'mlp' : 'other';
}

function number(config: ModelConfig, field: string): number | undefined {
  const value = config[field];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= limits.positions
    ? value
    : undefined;
}

function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
