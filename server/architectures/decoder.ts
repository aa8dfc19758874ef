/** What decoders of text share: sizes, heads, and the stack of blocks that Llama and its relatives have. */
import { badConfig, flag, limits, size } from './fields.ts';
import { countParameters, embedding, linear, norm, type PeftTargets, peftDefaults } from './modules.ts';
import { demandTask, labelsFor } from './tasks.ts';
import type { Family, ModelConfig, Module, ModuleTable } from './types.ts';

export const decoderTasks = ['causal-lm', 'sequence-classification', 'regression'] as const;

/** A decoder below its head. */
export interface DecoderBody {
  modules: Module[];
  /** The module whose weight a tied head shares. */
  embedding: string;
  tie: boolean;
  /** Inputs of the head. */
  width: number;
  layers: number;
  shape: ModuleTable['shape'];
}

export interface DecoderVariant {
  id: string;
  title: string;
  modelTypes: string[];
  /** Class of transformers for the language head, and for the classification head. */
  classes: [language: string, classification: string];
  basePrefix: string;
  /** Tasks that `models/` has a forward graph for. */
  runs?: Family['runs'];
  targets: PeftTargets;
  body(config: ModelConfig): DecoderBody;
  /** The name of the language head in checkpoints, where it is not `lm_head`. */
  storedHead?: string;
  diskNames?: Family['diskNames'];
  split?: Family['split'];
}

export function decoderFamily(v: DecoderVariant): Family {
  return {
    id: v.id,
    title: v.title,
    modelTypes: v.modelTypes,
    tasks: decoderTasks,
    runs: v.runs ?? [],
    table(config, task, numLabels) {
      demandTask(v.title, task, decoderTasks);
      const { modules, embedding: shared, tie, width, layers, shape } = v.body(config);
      const language = task === 'causal-lm';
      if (language) {
        const head = linear('lm_head', shape.vocab, width, false, 'output-head');
        const stored = v.storedHead !== undefined && { storedName: v.storedHead };
        modules.push({ ...head, ...(tie ? { tiedTo: shared } : stored) });
      } else modules.push(linear('score', labelsFor(config, task, numLabels), width, false, 'task-head'));
      return {
        architecture: v.classes[language ? 0 : 1],
        family: v.id,
        modules,
        totalParameters: countParameters(modules),
        ...peftDefaults(v.targets),
        basePrefix: v.basePrefix,
        layers,
        shape,
      };
    },
    // A checkpoint saved from the bare model lacks the prefix.
    diskNames: v.diskNames ?? ((name) => withoutPrefix(v.basePrefix, name)),
    ...(v.split && { split: v.split }),
  };
}

export const withoutPrefix = (prefix: string, name: string): string[] =>
  name.startsWith(`${prefix}.`) ? [name, name.slice(prefix.length + 1)] : [name];

/** Sizes of Llama's relatives, whose configs name them alike. */
export interface DecoderSizes {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  /** Heads of keys and values; each serves heads / kvHeads query heads. */
  kvHeads: number;
  headDim: number;
  maxPositions: number;
  /** The head shares the embedding's weight. */
  tie: boolean;
}

/** What transformers' config class of a model type has where config.json is silent. */
export interface DecoderDefaults {
  tie: boolean;
  maxPositions: number;
  headDim?: number;
  heads?: number;
  kvHeads?: number;
  vocab?: number;
  /** transformers refuses heads that do not divide hidden_size even where head_dim is given. */
  headsDivide?: boolean;
}

/** Throws `bad-config` naming the first wrong field. */
export function decoderSizes(config: ModelConfig, d: DecoderDefaults): DecoderSizes {
  const hidden = size(config, 'hidden_size', limits.hidden);
  const heads = size(config, 'num_attention_heads', limits.heads, d.heads);
  const usual = config.num_key_value_heads === null ? heads : (d.kvHeads ?? heads);
  const kvHeads = size(config, 'num_key_value_heads', limits.heads, usual);
  const given = config.head_dim ?? d.headDim;
  if ((given === undefined || d.headsDivide) && hidden % heads !== 0)
    throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
  if (heads % kvHeads !== 0)
    throw badConfig('num_key_value_heads', `(${kvHeads}) does not divide num_attention_heads (${heads})`);
  const headDim = size(config, 'head_dim', limits.hidden, d.headDim ?? Math.floor(hidden / heads));
  if (heads * headDim > limits.hidden)
    throw badConfig('head_dim', `is ${headDim}; times num_attention_heads it is above ${limits.hidden}`);
  return {
    vocab: size(config, 'vocab_size', limits.vocab, d.vocab),
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    kvHeads,
    headDim,
    maxPositions: size(config, 'max_position_embeddings', limits.positions, d.maxPositions),
    tie: flag(config, 'tie_word_embeddings', d.tie),
  };
}

/** `model.embed_tokens`, blocks, `model.norm`. */
export function llamaBody(s: DecoderSizes, block: (at: string, layer: number) => Module[]): DecoderBody {
  const modules: Module[] = [embedding('model.embed_tokens', s.vocab, s.hidden)];
  for (let layer = 0; layer < s.layers; layer++) modules.push(...block(`model.layers.${layer}`, layer));
  modules.push(norm('model.norm', s.hidden, false));
  const { vocab, hidden, intermediate, heads, maxPositions } = s;
  return {
    modules,
    embedding: 'model.embed_tokens',
    tie: s.tie,
    width: hidden,
    layers: s.layers,
    shape: { hidden, intermediate, heads, vocab, maxPositions },
  };
}

export interface BlockOptions {
  /** Biases of query, key and value; of the projection behind them. */
  qkvBias?: boolean;
  outputBias?: boolean;
  mlpBias?: boolean;
  /** RMSNorm of each head of queries and keys. */
  headNorms?: boolean;
  /** Norms of the hidden state, in the order of transformers. */
  norms?: readonly string[];
}

/** Attention with separate projections. */
export function attentionModules(s: DecoderSizes, at: string, layer: number, o: BlockOptions = {}): Module[] {
  const { hidden, headDim } = s;
  const queries = s.heads * headDim;
  const keys = s.kvHeads * headDim;
  const project = (name: string, m: number, n: number, bias = false) =>
    linear(`${at}.self_attn.${name}`, m, n, bias, 'attention', layer);
  const headNorm = (name: string) => norm(`${at}.self_attn.${name}`, headDim, false, layer);
  return [
    project('q_proj', queries, hidden, o.qkvBias),
    project('k_proj', keys, hidden, o.qkvBias),
    project('v_proj', keys, hidden, o.qkvBias),
    project('o_proj', hidden, queries, o.outputBias),
    ...(o.headNorms ? [headNorm('q_norm'), headNorm('k_norm')] : []),
  ];
}

export const usualNorms = ['input_layernorm', 'post_attention_layernorm'] as const;

export const blockNorms = (
  s: DecoderSizes,
  at: string,
  layer: number,
  names: readonly string[] = usualNorms,
): Module[] => names.map((name) => norm(`${at}.${name}`, s.hidden, false, layer));

/** A block of Llama: attention, gated MLP, norms. */
export function llamaBlock(s: DecoderSizes, at: string, layer: number, o: BlockOptions = {}): Module[] {
  const mlp = (name: string, m: number, n: number) =>
    linear(`${at}.mlp.${name}`, m, n, o.mlpBias ?? false, 'mlp', layer);
  return [
    ...attentionModules(s, at, layer, o),
    mlp('gate_proj', s.intermediate, s.hidden),
    mlp('up_proj', s.intermediate, s.hidden),
    mlp('down_proj', s.hidden, s.intermediate),
    ...blockNorms(s, at, layer, o.norms),
  ];
}
