/**
 * Peak memory of training, from sizes alone:
 *
 *   weights      frozen parameters as held.ts says that they are held, plus trained ones · 4
 *   decoded      the largest frozen matrix that is not held as float32, as float32 (twice for nf4): one at a time is read
 *   gradients    trained · 4
 *   optimizer    trained · 8: AdamW keeps a mean and a variance
 *   activations  4 · tokens · (layers · (14·h + 4·i + 2·a·T) + 3·v), tokens = batch_size · T, h hidden, i intermediate,
 *                a heads, v vocabulary where there is a language head: what the backward pass needs of norms, projections
 *                and residuals, of the MLP, of attention scores, and of the logits
 *   runtime      the worker process with its native libraries
 *
 * `expected` is for steps that are computed eagerly; against bench/engine.ts at batches of 16 to 2048 tokens it is within 6%.
 * `low` scales the activations by what sharing buffers in a compiled step saves, `high` by a margin for evaluation and for
 * memory that the allocator keeps; newer versions of Node keep about 100 MiB more than Node 20.
 */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { sizeOf } from '../base/tensor.ts';
import type { Dtype, Recipe } from '../recipe/types.ts';
import { bytesOf, heldAs } from './held.ts';
import type { MemoryEstimate } from './types.ts';

/** Float32 tensors that stand beside a held matrix while it is read. */
const decodedCopies: Readonly<Record<Dtype, number>> = { float32: 0, bfloat16: 1, float16: 1, int8: 1, nf4: 2 };

const spread = { low: 0.2, high: 1.5 };
const runtime = 130 * 2 ** 20;
const runtimeMargin = 110 * 2 ** 20;

/** `trained`: scalars that get a gradient; `inPlace`: those of them that are the base's own, by module. */
export function memoryOf(
  recipe: Recipe,
  table: ModuleTable,
  trained: number,
  inPlace: ReadonlyMap<Module, number>,
): MemoryEstimate {
  const { hidden, intermediate, heads, vocab, maxPositions } = table.shape;
  const length = Math.min(recipe.data?.max_length ?? defaultLength, maxPositions);
  const tokens = recipe.training.batch_size * length;
  const perLayer = 14 * hidden + 4 * intermediate + 2 * heads * length;
  const logits = table.modules.some((m) => m.role === 'output-head') ? 3 * vocab : 0;
  const frozen = frozenOf(recipe.model.dtype, table, inPlace);
  const parts = {
    weights: Math.round(frozen.bytes + 4 * trained),
    decoded: frozen.decoded,
    gradients: 4 * trained,
    optimizer: 8 * trained,
    activations: 4 * tokens * (table.layers * perLayer + logits),
    runtime,
  };
  const fixed = parts.weights + parts.decoded + parts.gradients + parts.optimizer + parts.runtime;
  return {
    low: Math.round(fixed + spread.low * parts.activations),
    expected: fixed + parts.activations,
    high: Math.round(fixed + runtimeMargin + spread.high * parts.activations),
    parts,
  };
}

/** Of a module that is trained in part (its biases), the vectors are. */
function frozenOf(dtype: Dtype, table: ModuleTable, inPlace: ReadonlyMap<Module, number>) {
  let bytes = 0;
  let decoded = 0;
  for (const module of table.modules) {
    if (module.tiedTo !== undefined) continue;
    const shapes = Object.values(module.parameters);
    const trained = inPlace.get(module) ?? 0;
    if (trained === shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)) continue;
    bytes -= 4 * trained;
    for (const shape of shapes) {
      const held = heldAs(dtype, module, shape);
      bytes += sizeOf(shape) * bytesOf[held];
      decoded = Math.max(decoded, 4 * sizeOf(shape) * decodedCopies[held]);
    }
  }
  return { bytes, decoded };
}

/** `data.max_length` where there is no data section yet. */
const defaultLength = 512;
