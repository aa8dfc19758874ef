/** A table of modules for any model, known or not, from the names and shapes in the headers of its weight files. */
import { limits } from './fields.ts';
import { countParameters, other } from './modules.ts';
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
  const modules = [...grouped(shapes)].map(([name, parameters]) => moduleOf(name, parameters, vocab));
  const inside = modules.filter((m) => m.layer !== undefined && (m.kind === 'linear' || m.kind === 'conv1d'));
  const hidden = number(config, 'hidden_size') ?? mostCommon(inside.map((m) => m.n)) ?? 1;
  const [name] = Array.isArray(config.architectures) ? (config.architectures as unknown[]) : [];
  return {
    architecture: typeof name === 'string' ? name : 'this model',
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
  const names = [...shapes.keys()].filter((name) => !buffer.test(name));
  const keys = new Map(names.map((name) => [name, name.replace(/\d+/g, (digits) => digits.padStart(10, '0'))]));
  names.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
  const modules = new Map<string, Record<string, number[]>>();
  for (const name of names) {
    const dot = name.lastIndexOf('.');
    const module = dot < 0 ? name : name.slice(0, dot);
    const parameters = modules.get(module) ?? {};
    modules.set(module, parameters);
    parameters[dot < 0 ? 'weight' : name.slice(dot + 1)] = [...shapes.get(name)!];
  }
  return modules;
}

function moduleOf(name: string, parameters: Record<string, number[]>, vocab: number | undefined): Module {
  const layer = layerOf(name);
  const { weight, bias } = parameters;
  const place = layer !== undefined && { layer };
  const base = { name, parameters, bias: bias !== undefined, ...place };
  if (weight?.length === 1) return { ...base, kind: 'norm', role: 'norm', m: weight[0]!, n: 1 };
  if (weight?.length !== 2) return other(name, parameters, 'other', layer);
  const [rows, columns] = weight as [number, number];
  if (isEmbedding(name, rows, vocab, layer, bias))
    return { ...base, kind: 'embedding', role: 'embedding', m: rows, n: columns };
  const role = roleOf(name);
  const turned = bias?.length === 1 && bias[0] === columns && columns !== rows;
  return turned
    ? { ...base, kind: 'conv1d', role, m: columns, n: rows }
    : { ...base, kind: 'linear', role, m: rows, n: columns };
}

/** The first number between dots; a number beyond any model's depth is a name like another. */
function layerOf(name: string): number | undefined {
  const found = /\.(\d{1,4})(\.|$)/.exec(name);
  const layer = found ? Number(found[1]) : undefined;
  return layer !== undefined && layer < limits.layers ? layer : undefined;
}

function isEmbedding(
  name: string,
  rows: number,
  vocab: number | undefined,
  layer: number | undefined,
  bias?: number[],
) {
  if (bias !== undefined || outputHead.test(name) || taskHead.test(name)) return false;
  return embeddingName.test(name) || (layer === undefined && (rows === vocab || embeddingPart.test(name)));
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
