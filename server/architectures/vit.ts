/** ViT (https://arxiv.org/abs/2010.11929). Checkpoints have BERT's names for its layers, transformers 5 has shorter ones. */
import { encoderFamily } from './encoder-family.ts';
import { type Activation, activation, badConfig, flag, headSizes, limits, positive, size } from './fields.ts';
import { linear, norm, other } from './modules.ts';
import type { ModelConfig, Module } from './types.ts';

const tasks = ['image-classification'] as const;

export interface VitConfig {
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  /** Of the projections in the attention. */
  bias: boolean;
  channels: number;
  /** Height and width. */
  image: [number, number];
  patch: [number, number];
  /** Patches and the class token. */
  positions: number;
  eps: number;
  activation: Activation;
}

/** Throws `bad-config` naming the first wrong field. */
export function vitConfig(config: ModelConfig): VitConfig {
  const { hidden, heads } = headSizes(config);
  const patch = pair(config, 'patch_size', 16);
  const image = pair(config, 'image_size', 224);
  const positions = Math.floor(image[0] / patch[0]) * Math.floor(image[1] / patch[1]) + 1;
  if (positions < 2) throw badConfig('patch_size', `(${patch}) is larger than image_size (${image})`);
  if (positions > limits.vocab) throw badConfig('image_size', `(${image}) has ${positions - 1} patches`);
  return {
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    bias: flag(config, 'qkv_bias', true),
    channels: size(config, 'num_channels', limits.hidden, 3),
    image,
    patch,
    positions,
    eps: positive(config, 'layer_norm_eps', 1e-12),
    activation: activation(config, 'hidden_act', 'gelu'),
  };
}

/** Parts of a layer here and in checkpoints. */
const stored: Readonly<Record<string, string>> = {
  'attention.q_proj': 'attention.attention.query',
  'attention.k_proj': 'attention.attention.key',
  'attention.v_proj': 'attention.attention.value',
  'attention.o_proj': 'attention.output.dense',
  'mlp.fc1': 'intermediate.dense',
  'mlp.fc2': 'output.dense',
  layernorm_before: 'layernorm_before',
  layernorm_after: 'layernorm_after',
};

export const vit = encoderFamily({
  id: 'vit',
  title: 'ViT',
  architecture: 'ViTForImageClassification',
  basePrefix: 'vit',
  tasks,
  runs: tasks,
  body(config, labels) {
    const { hidden, intermediate, layers, heads, bias, channels, image, patch, positions } = vitConfig(config);
    const weight = [hidden, channels, ...patch];
    const at = 'vit.embeddings';
    const modules: Module[] = [
      other(at, { cls_token: [1, 1, hidden], position_embeddings: [1, positions, hidden] }, 'embedding'),
      other(`${at}.patch_embeddings.projection`, { weight, bias: [hidden] }, 'embedding'),
    ];
    for (let layer = 0; layer < layers; layer++) {
      const dense = (name: string, m: number, n: number, role: Module['role'], withBias = true) =>
        layerModule(name, linear('', m, n, withBias, role, layer));
      modules.push(
        dense('attention.q_proj', hidden, hidden, 'attention', bias),
        dense('attention.k_proj', hidden, hidden, 'attention', bias),
        dense('attention.v_proj', hidden, hidden, 'attention', bias),
        dense('attention.o_proj', hidden, hidden, 'attention'),
        layerModule('layernorm_before', norm('', hidden, true, layer)),
        layerModule('layernorm_after', norm('', hidden, true, layer)),
        dense('mlp.fc1', intermediate, hidden, 'mlp'),
        dense('mlp.fc2', hidden, intermediate, 'mlp'),
      );
    }
    modules.push(norm('vit.layernorm', hidden, true), linear('classifier', labels, hidden, true, 'task-head'));
    const shape = { hidden, intermediate, heads, vocab: 0, maxPositions: positions };
    return { modules, layers, shape: { ...shape, image: { channels, height: image[0], width: image[1] } } };
  },
  diskNames(name) {
    const found = /^vit\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
    const part = found && stored[found[2]!];
    const names = part ? [`vit.encoder.layer.${found[1]}.${part}.${found[3]}`, name] : [name];
    return [...names, ...names.filter((n) => n.startsWith('vit.')).map((n) => n.slice('vit.'.length))];
  },
});

const layerModule = (name: string, module: Module): Module => ({
  ...module,
  name: `vit.layers.${module.layer}.${name}`,
  storedName: `vit.encoder.layer.${module.layer}.${stored[name]}`,
});

/** Height and width, which may be one number for both. */
function pair(config: ModelConfig, field: string, fallback: number): [number, number] {
  const value = config[field];
  if (!Array.isArray(value)) {
    const side = size(config, field, limits.intermediate, fallback);
    return [side, side];
  }
  if (value.length !== 2) throw badConfig(field, `has ${value.length} entries; it is a number, or height and width`);
  const [height, width] = value.map((side: unknown) => size({ [field]: side }, field, limits.intermediate));
  return [height!, width!];
}
