/** Mixtral (https://arxiv.org/abs/2401.04088): the experts of a layer are two stacked parameters, which checkpoints hold one by one. */
import { attentionModules, blockNorms, decoderFamily, decoderSizes, llamaBody, withoutPrefix } from './decoder.ts';
import { limits, size } from './fields.ts';
import { other } from './modules.ts';

export const mixtral = decoderFamily({
  id: 'mixtral',
  title: 'Mixtral',
  modelTypes: ['mixtral'],
  classes: ['MixtralForCausalLM', 'MixtralForSequenceClassification'],
  basePrefix: 'model',
  targets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'w2'], feedforward: ['w2'] },

  body(config) {
    const s = decoderSizes(config, { tie: false, maxPositions: 131_072, kvHeads: 8 });
    const experts = size(config, 'num_local_experts', Math.floor(limits.experts / s.layers), 8);
    const { hidden, intermediate } = s;
    return llamaBody(s, (at, layer) => [
      ...attentionModules(s, at, layer),
      {
        ...other(`${at}.mlp.gate`, { weight: [experts, hidden] }, 'mlp', layer),
        storedName: `${at}.block_sparse_moe.gate`,
      },
      other(
        `${at}.mlp.experts`,
        { gate_up_proj: [experts, 2 * intermediate, hidden], down_proj: [experts, hidden, intermediate] },
        'mlp',
        layer,
      ),
      ...blockNorms(s, at, layer),
    ]);
  },

  diskNames: (name) => withoutPrefix('model', name).flatMap((n) => (n.includes('.mlp.') ? [onDisk(n), n] : [n])),

  split(name, shape) {
    const stacked = /^(.*\.experts)\.(gate_up_proj|down_proj)$/.exec(onDisk(name));
    if (!stacked) return undefined;
    const [experts, rows, columns] = shape as [number, number, number];
    const parts = stacked[2] === 'down_proj' ? ['w2'] : ['w1', 'w3'];
    return Array.from({ length: experts }, (_, expert) =>
      parts.map((part) => ({
        name: `${stacked[1]}.${expert}.${part}.weight`,
        shape: [rows / parts.length, columns],
      })),
    ).flat();
  },
});

const onDisk = (name: string): string => name.replace('.mlp.', '.block_sparse_moe.');
