/** The frozen part of a base model as tensors, each held in as few bytes as `model.dtype` allows. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Module } from '../architectures/types.ts';
import { readerOf } from '../base/tensor.ts';
import { heldAs } from '../budget/held.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import type { StoredDtype } from '../checkpoint/safetensors/dtypes.ts';
import { canMap, fromHost, frozenTensor, holdWeight, mapWeight } from '../engine/index.ts';
import type { Dtype } from '../recipe/types.ts';
import type { StoredParameter } from './assemble-parameters.ts';
import { isTurned, turned } from './conv1d.ts';

/** Stored formats that are a held one bit for bit. */
const same: Partial<Record<StoredDtype, Dtype>> = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' };

/** How a stored matrix is held under `dtype`. */
function heldForm(module: Module, { shape, dtype: stored }: StoredParameter, dtype: Dtype | 'stored'): Dtype {
  return dtype === 'stored' ? (same[stored] ?? 'float32') : heldAs(dtype, module, shape, stored === 'F16');
}

/** The form in which a matrix is held, where that rounds it; undefined where its values stay those of the checkpoint. */
export function roundedTo(module: Module, parameter: StoredParameter, dtype: Dtype | 'stored'): Dtype | undefined {
  const held = heldForm(module, parameter, dtype);
  return held === 'float32' || held === same[parameter.dtype] ? undefined : held;
}

/** Bytes from which a tensor is left in its file: a mapping takes pages of its own in every session. */
const MAPPED_FROM = 16_384;

/**
 * A stored parameter as a frozen tensor. A matrix whose stored form is the held one stays in its file; any other is converted piece by
 * piece, that of a Conv1D module as a whole, since it is turned. Vectors become plain tensors.
 */
export function frozenParameter(
  checkpoint: Checkpoint,
  module: Module,
  stored: StoredParameter,
  dtype: Dtype | 'stored',
): Tensor {
  const { name, shape, dtype: form } = stored;
  if (shape.length < 2) return fromHost(checkpoint.read(name));
  const held = heldForm(module, stored, dtype);
  if (isTurned(module, stored.parameter))
    return frozenTensor(holdWeight(held, readerOf(turned(module, stored.parameter, checkpoint.read(name)))));
  if (same[form] === held) {
    const range = checkpoint.range(name);
    if (range.length >= MAPPED_FROM && canMap(range)) return frozenTensor(mapWeight(held, range, shape));
  }
  return frozenTensor(holdWeight(held, checkpoint.reader(name)));
}
