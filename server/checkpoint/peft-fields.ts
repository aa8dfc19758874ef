/** The fields of adapter_config.json in PEFT 0.21, and those that change the forward pass in ways that are not read here. */

const common = [
  'auto_mapping',
  'base_model_name_or_path',
  'exclude_modules',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'modules_to_save',
  'peft_type',
  'peft_version',
  'revision',
  'target_modules',
  'task_type',
];

const lora = [
  'alora_invocation_tokens',
  'alpha_pattern',
  'arrow_config',
  'bias',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'fan_in_fan_out',
  'init_lora_weights',
  'kasa_config',
  'layer_replication',
  'loftq_config',
  'lora_alpha',
  'lora_bias',
  'lora_dropout',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'monteclora_config',
  'qalora_group_size',
  'r',
  'rank_pattern',
  'runtime_config',
  'target_parameters',
  'trainable_token_indices',
  'use_bdlora',
  'use_dora',
  'use_qalora',
  'use_rslora',
  'velora_config',
];

/** Every `peft_type` of PEFT 0.21, and those of Rankwise. */
export const peftTypes: readonly string[] = [
  ...[
    'ADALORA',
    'ADAMSS',
    'ADAPTION_PROMPT',
    'BEFT',
    'BOFT',
    'C3A',
    'CARTRIDGE',
    'CPT',
    'DEFT',
    'DELORA',
    'FOURIERFT',
    'FROD',
  ],
  ...[
    'GLORA',
    'GRALORA',
    'HIRA',
    'HRA',
    'IA3',
    'LILY',
    'LN_TUNING',
    'LOHA',
    'LOKR',
    'LORA',
    'MISS',
    'MULTITASK_PROMPT_TUNING',
  ],
  ...[
    'OFT',
    'OSF',
    'P_TUNING',
    'PEANUT',
    'POLY',
    'PREFIX_TUNING',
    'PROMPT_TUNING',
    'PSOFT',
    'PVERA',
    'RANDLORA',
    'ROAD',
    'SHADOW',
  ],
  ...['SHIRA', 'SUPERTUNING', 'TINYLORA', 'TRAINABLE_TOKENS', 'UNILORA', 'VBLORA', 'VERA', 'WAVEFT', 'XLORA'],
  ...['BITFIT', 'LORA_XS', 'SVF', 'SVFT', 'TIED_LORA', 'VERA_SEEDED'],
];

/** Fields of a type as far as they are known. */
export const fieldsOfType = (type: string): readonly string[] => known[type] ?? [];

/** By peft_type; fields of a type that is not listed are not checked. */
const known: Record<string, readonly string[]> = {
  LORA: [...common, ...lora],
  ADALORA: [
    ...common,
    ...lora,
    'beta1',
    'beta2',
    'deltaT',
    'init_r',
    'orth_reg_weight',
    'target_r',
    'tfinal',
    'tinit',
    'total_step',
  ],
  IA3: [...common, 'fan_in_fan_out', 'feedforward_modules', 'init_ia3_weights'],
  VERA: [
    ...common,
    'bias',
    'd_initial',
    'fan_in_fan_out',
    'init_weights',
    'projection_prng_key',
    'r',
    'save_projection',
    'vera_dropout',
  ],
  BOFT: [
    ...common,
    'bias',
    'boft_block_num',
    'boft_block_size',
    'boft_dropout',
    'boft_n_butterfly_factor',
    'fan_in_fan_out',
    'init_weights',
  ],
  OFT: [
    ...common,
    'bias',
    'block_share',
    'coft',
    'eps',
    'fan_in_fan_out',
    'init_weights',
    'module_dropout',
    'num_cayley_neumann_terms',
    'oft_block_size',
    'r',
    'use_cayley_neumann',
  ],
};

const loraChanging = [
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'layer_replication',
  'lora_bias',
  'monteclora_config',
  'target_parameters',
  'trainable_token_indices',
  'use_bdlora',
  'use_qalora',
];

/** Left at null, false or "none" they do nothing. */
const forwardChanging: Record<string, readonly string[]> = {
  LORA: loraChanging,
  ADALORA: loraChanging,
};

/** Fields that PEFT 0.21 does not know: written by a later version, or by hand. */
export function unknownFields(config: Record<string, unknown>): string[] {
  const fields = known[String(config.peft_type)];
  return fields === undefined ? [] : Object.keys(config).filter((field) => !fields.includes(field));
}

/** Fields in use without which the adapter computes something else. */
export function unsupportedFields(config: Record<string, unknown>): string[] {
  const off = (value: unknown) => value === undefined || value === null || value === false || value === 'none';
  return (forwardChanging[String(config.peft_type)] ?? []).filter((field) => !off(config[field]));
}
