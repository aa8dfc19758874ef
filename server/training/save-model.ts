/** The model as it now is, adapters merged in, as a folder that transformers and Rankwise load. */
import { taskHead } from '../architectures/modules.ts';
import type { ModelConfig, Module } from '../architectures/types.ts';
import type { HostTensor } from '../base/tensor.ts';
import { writeModelFolder } from '../checkpoint/model-write.ts';
import type { TensorSource } from '../checkpoint/safetensors/write.ts';
import { toHost } from '../engine/index.ts';
import type { Assembly } from './assemble-types.ts';
import { turned } from './conv1d.ts';

/**
 * Writes `target` (which must not exist) in float32, each merged weight computed when its turn has come; tokenizer files come from
 * `baseFolder`. Throws `output-exists`.
 */
export async function saveModel(assembly: Assembly, baseFolder: string, target: string): Promise<string> {
  await writeModelFolder(target, {
    config: savedConfig(assembly),
    tensors: sources(assembly),
    companionsFrom: baseFolder,
  });
  return target;
}

function* sources(assembly: Assembly): Generator<TensorSource> {
  for (const module of assembly.table.modules) {
    if (module.tiedTo !== undefined && !ownWeight(assembly, module)) continue;
    for (const [parameter, shape] of Object.entries(module.parameters))
      yield {
        name: `${module.name}.${parameter}`,
        shape,
        data: () => turned(module, parameter, effective(assembly, module, parameter)).data,
      };
  }
}

/** A tied module that was adapted or trained, or whose owner was trained as a copy, is tied no longer. */
const ownWeight = ({ sites, trainable, frozen }: Assembly, { name }: Module): boolean =>
  sites.has(name) || trainable.has(`${name}.weight`) || frozen.has(`${name}.weight`);

/** A parameter with whatever training has done to it. */
function effective(assembly: Assembly, module: Module, parameter: string): HostTensor {
  const { sites, trainable, frozen } = assembly;
  const name = `${module.name}.${parameter}`;
  const shared = `${module.tiedTo}.${parameter}`;
  const held = frozen.get(name) ?? frozen.get(shared);
  const value = trainable.get(name) ?? (held ? toHost(held) : trainable.get(shared)!);
  const site = sites.get(module.name);
  if (!site) return value;
  if (parameter === 'weight') return site.half.merge(value, site.state, site);
  return site.half.mergeBias?.(value, site.state, site) ?? value;
}

/** The base's config with what has changed. */
function savedConfig(assembly: Assembly): ModelConfig {
  const { config, table, task } = assembly;
  const untied = table.modules.some((module) => module.tiedTo !== undefined && ownWeight(assembly, module));
  return {
    ...config,
    architectures: [table.architecture],
    ...(untied && { tie_word_embeddings: false }),
    ...labels(assembly),
    ...(task === 'regression' && { problem_type: 'regression' }),
  };
}

/** transformers takes the number of labels from id2label. */
function labels({ config, table }: Assembly): ModelConfig {
  const head = taskHead(table);
  const known = config.id2label as Record<string, unknown> | null | undefined;
  if (!head || (known && Object.keys(known).length === head.m)) return {};
  const names = Array.from({ length: head.m }, (_, i) => `LABEL_${i}`);
  return {
    id2label: Object.fromEntries(names.map((name, i) => [i, name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
  };
}
