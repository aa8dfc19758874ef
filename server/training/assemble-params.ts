import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkpoint } from '../engine/index.ts';
import { embedding, linear } from '../engine/ops/index.ts';
import type { Params } from '../models/types.ts';
import { type Assembly, randomName, type Site, tensorName } from './assemble-types.ts';
import { noiseInput, withNoise } from './neftune.ts';

/** The weights as one forward pass sees them: trainable tensors and random draws from the step's inputs, all else frozen. */
export function paramsOf(assembly: Assembly, inputs: Record<string, Tensor>): Params {
  const tensor = (name: string): Tensor => {
    const found = inputs[name] ?? assembly.frozen.get(name);
    if (found) return found;
    const tied = assembly.modules.get(name.slice(0, name.lastIndexOf('.')))?.tiedTo;
    if (tied === undefined) throw new Error(`The model asks for ${name}, which its module table does not have`);
    return tensor(`${tied}.weight`);
  };
  return {
    tensor,
    // What no gradient needs goes at the end of each layer, not of the model.
    layer: (layer, xs) => (assembly.checkpointing ? checkpoint(layer, xs) : tf.tidy(() => layer(...xs))),
    embedding(module, ids) {
      const rows = embedding(tensor(`${module}.weight`), ids);
      const draws = ids === inputs.input_ids ? inputs[noiseInput] : undefined;
      return draws ? withNoise(rows, draws, inputs.attention_mask!, assembly.neftune!) : rows;
    },
    linear(module, x, application = 0) {
      const { m, n, bias } = assembly.modules.get(module)!;
      const rows = tf.reshape(x, [-1, n]);
      const site = assembly.sites.get(module);
      const weight = () => tensor(`${module}.weight`);
      const product = site ? adapted(site, rows, weight, inputs, application) : linear(rows, weight());
      const y = bias ? tf.add(product, biasOf(site, tensor(`${module}.bias`), inputs)) : product;
      return tf.reshape(y, [...x.shape.slice(0, -1), m]);
    },
  };
}

/** Trainable and frozen tensors of a site, by the method's names. */
export function tensorsOf(site: Site, inputs: Record<string, Tensor>): Record<string, Tensor> {
  const tensors = { ...site.frozen };
  for (const name of Object.keys(site.state.trainable)) tensors[name] = inputs[tensorName(site, name)]!;
  for (const [name, tied] of Object.entries(site.tied)) tensors[name] = inputs[tied]!;
  return tensors;
}

function biasOf(site: Site | undefined, bias: Tensor, inputs: Record<string, Tensor>): Tensor {
  if (!site?.half.bias) return bias;
  return site.half.bias(bias, { tensors: tensorsOf(site, inputs), settings: site.settings });
}

function adapted(
  site: Site,
  rows: Tensor,
  weight: () => Tensor,
  inputs: Record<string, Tensor>,
  application: number,
): Tensor {
  const tensors = tensorsOf(site, inputs);
  return site.half.forward(rows, {
    base: (x) => linear(x, weight()),
    weight,
    tensors,
    settings: site.settings,
    random: (name) => inputs[randomName(site, name, application)],
  });
}
