/**
 * Peak memory of training, from sizes alone:
 *
 *   weights      frozen parameters as held.ts says that they are held (in float32 where a method replaces them), trained ones and frozen
 *                factors of the adapters · 4
 *   decoded      the largest frozen matrix that is not held as float32, as float32 (twice for nf4): one at a time is read
 *   gradients    trained · 4, twice where they are accumulated
 *   optimizer    trained · 8: AdamW keeps a mean and a variance
 *   activations  4 · (tokens · (layers · (8·h + 2·i) + 2.6·v) + 3 · scores), tokens = batch_size · T (of images: patches and the class token), h hidden, i intermediate, v vocabulary
 *                where there is a language head: what the backward pass needs of norms, projections, residuals and the MLP, and
 *                of the logits; `full` keeps the inputs of all products as well, 4·h + i more a layer. Scores, of one row of the batch
 *                or of one group of heads, live for one layer at a time (DeBERTa's, with those to distances, of one row). With gradient checkpointing a layer keeps 2.6·h, and one
 *                layer at a time is as it would be without
 *   runtime      the worker process with its native libraries
 *
 * `expected` is for compiled steps; fitted to bench/engine.ts on small decoders of 4 and 8 layers at 1024 to 4096 tokens. `high` has room for
 * evaluation, for several padded lengths and for what the allocator keeps; newer versions of Node keep about 100 MiB more than
 * Node 20, and steps that run as they are written (`tensorflow`) up to twice the activations.
 */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { sizeOf } from '../base/tensor.ts';
import type { Dtype, Recipe } from '../recipe/types.ts';
import { bytesOf, heldAs } from './held.ts';
import { keeper } from './kept.ts';
import type { MemoryEstimate } from './types.ts';

/** Float32 tensors that stand beside a held matrix while it is read. */
const decodedCopies: Readonly<Record<Dtype, number>> = { float32: 0, bfloat16: 1, float16: 1, int8: 1, nf4: 2 };

const spread = { low: 0.8, high: 1.6 };
/** Scores that attention computes at once at most, row by row of the batch (engine/recorder). */
const rowOfScores = 512 * 1024;
const runtime = 130 * 2 ** 20;
const runtimeMargin = 110 * 2 ** 20;

/** What the adapters need of memory. */
export interface Adapted {
  /** Scalars that get a gradient. */
  trained: number;
  /** Those of them that are the base's own, by module. */
  inPlace: ReadonlyMap<Module, number>;
  /** Scalars of frozen factors. */
  frozen: number;
  /** Modules with another base weight, in float32. */
  replaced: ReadonlySet<Module>;
}

export function memoryOf(recipe: Recipe, table: ModuleTable, adapted: Adapted): MemoryEstimate {
  const { trained, inPlace } = adapted;
  const { hidden, intermediate, heads, vocab, maxPositions, relative, image, depth = table.layers } = table.shape;
  const length = image ? maxPositions : Math.min(recipe.data?.max_length ?? defaultLength, maxPositions);
  const tokens = recipe.training.batch_size * length;
  const logits = table.modules.some((m) => m.role === 'output-head') ? 2.6 * vocab : 0;
  const layer = 8 * hidden + 2 * intermediate + (inPlace.size > 0 ? 4 * hidden + intermediate : 0);
  const layers = recipe.training.gradient_checkpointing ? depth * 2.6 * hidden + layer : depth * layer;
  const row = heads * length * length;
  const scores = relative ? 3 * row : row <= rowOfScores ? row : length * length;
  const frozen = frozenOf(recipe.model.dtype, table, adapted);
  const parts = {
    weights: Math.round(frozen.bytes + 4 * (trained + adapted.frozen)),
    decoded: frozen.decoded,
    gradients: 4 * trained * (recipe.training.gradient_accumulation_steps > 1 ? 2 : 1),
    optimizer: 8 * trained,
    activations: Math.round(4 * (tokens * (layers + logits) + 3 * scores)),
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

const untouched = keeper<ReturnType<typeof countFrozen>>();

/** Of a base that no method changes it is the same for all recipes: kept from keystroke to keystroke. */
function frozenOf(dtype: Dtype, table: ModuleTable, adapted: Adapted): ReturnType<typeof countFrozen> {
  if (adapted.inPlace.size > 0 || adapted.replaced.size > 0) return countFrozen(dtype, table, adapted);
  return untouched(table, dtype, () => countFrozen(dtype, table, adapted));
}

/** Of a module that is trained in part (its biases), the vectors are. */
function countFrozen(dtype: Dtype, table: ModuleTable, { inPlace, replaced }: Pick<Adapted, 'inPlace' | 'replaced'>) {
  let bytes = 0;
  let decoded = 0;
  for (const module of table.modules) {
    if (module.tiedTo !== undefined) continue;
    const shapes = Object.values(module.parameters);
    const trained = inPlace.get(module) ?? 0;
    if (trained === shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)) continue;
    bytes -= 4 * trained;
    for (const shape of shapes) {
      const held = replaced.has(module) ? 'float32' : heldAs(dtype, module, shape);
      bytes += sizeOf(shape) * bytesOf[held];
      decoded = Math.max(decoded, 4 * sizeOf(shape) * decodedCopies[held]);
    }
  }
  return { bytes, decoded };
}

/** `data.max_length` where there is no data section yet. */
const defaultLength = 512;
