import * as tf from '@tensorflow/tfjs-core';
import { after } from '../ops/after.ts';
import { activeTape, backward, record, release, type TapeNode, withTape } from './tape.ts';

/**
 * `block(...xs)` with its activations computed again in the backward pass instead of kept (Chen et al. 2016,
 * https://arxiv.org/abs/1604.06174): of the whole block the memory of its inputs, for the time of one more forward pass.
 *
 * The block returns one tensor. Tensors that it reads beside `xs` (weights, inputs of the step) must live as long as the step and may be
 * trained; whatever else it needs must come in `xs`. Outside of a gradient it simply runs.
 */
export function checkpoint(block: (...xs: tf.Tensor[]) => tf.Tensor, xs: tf.Tensor[]): tf.Tensor {
  const outer = activeTape();
  if (outer === null) return tf.tidy(() => block(...xs));
  const inner: TapeNode[] = [];
  const [y, kept] = withTape(inner, () => [tf.tidy(() => block(...xs)), xs.map((x) => tf.keep(tf.clone(x)))] as const);
  const inputs = outsideOf(inner);
  for (const node of inner) release(node);
  outer.push({
    kernelName: 'Checkpoint',
    inputs,
    outputs: [y],
    saved: kept,
    gradientsOf: (dy, names) => {
      // In a recorded graph nothing else would keep the second forward pass from running beside the first.
      const again = kept.map((x, i) => (i === 0 ? after(x, dy) : tf.clone(x)));
      const { value, tape } = record(() => block(...again));
      const wanted = names.map((name) => {
        const at = xs.findIndex(({ id }) => String(id) === name);
        return at < 0 ? inputs[name]! : again[at]!;
      });
      try {
        return backward(tape, value, tf.clone(dy), wanted);
      } finally {
        tf.dispose([value, ...again]);
      }
    },
  });
  return y;
}

/** What a tape's kernels read and did not make, by tensor id. */
function outsideOf(tape: readonly TapeNode[]): Record<string, tf.Tensor> {
  const made = new Set(tape.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  const read = tape.flatMap(({ inputs }) => Object.values(inputs)).filter(({ id }) => !made.has(id));
  return Object.fromEntries(read.map((tensor) => [String(tensor.id), tensor]));
}
