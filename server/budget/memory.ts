/**
 * Peak memory of training, from sizes alone:
 *
 *   weights      frozen parameters · bytes of `model.dtype`, plus trained ones · 4
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
import type { ModuleTable } from '../architectures/types.ts';
import type { Dtype, Recipe } from '../recipe/types.ts';
import type { MemoryEstimate } from './types.ts';

/** nf4 stores half a byte and one float32 scale per 64 weights; int8 one scale per column, which is little. */
const bytesOf: Readonly<Record<Dtype, number>> = { float32: 4, bfloat16: 2, float16: 2, int8: 1, nf4: 0.5 + 4 / 64 };

const spread = { low: 0.2, high: 1.5 };
const runtime = 130 * 2 ** 20;
const runtimeMargin = 110 * 2 ** 20;

/** `added` and `trained` are scalars: trainable ones that stand beside the base (adapters, copies), and all that get a gradient. */
export function memoryOf(recipe: Recipe, table: ModuleTable, added: number, trained: number): MemoryEstimate {
  const { hidden, intermediate, heads, vocab, maxPositions } = table.shape;
  const length = Math.min(recipe.data?.max_length ?? defaultLength, maxPositions);
  const tokens = recipe.training.batch_size * length;
  const perLayer = 14 * hidden + 4 * intermediate + 2 * heads * length;
  const logits = table.modules.some((m) => m.role === 'output-head') ? 3 * vocab : 0;
  const inPlace = trained - added;
  const parts = {
    weights: Math.round((table.totalParameters - inPlace) * bytesOf[recipe.model.dtype] + 4 * trained),
    gradients: 4 * trained,
    optimizer: 8 * trained,
    activations: 4 * tokens * (table.layers * perLayer + logits),
    runtime,
  };
  const fixed = parts.weights + parts.gradients + parts.optimizer + parts.runtime;
  return {
    low: Math.round(fixed + spread.low * parts.activations),
    expected: fixed + parts.activations,
    high: Math.round(fixed + runtimeMargin + spread.high * parts.activations),
    parts,
  };
}

/** `data.max_length` where there is no data section yet. */
const defaultLength = 512;
