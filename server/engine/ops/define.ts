import * as tf from '@tensorflow/tfjs-core';
import { declareConstant } from '../gradients/registry.ts';

type Tensors<I extends string> = Record<I, tf.Tensor>;

export interface OpDefinition<I extends string, A extends object, K extends I = I> {
  /** The tfjs kernel name: a backend with a fused kernel registers it under this name. */
  name: string;
  inputs: readonly I[];
  /** The op in plain tfjs ops: what runs on every backend that has no fused kernel of this name. */
  compose(inputs: Tensors<I>, attrs: A): tf.Tensor | tf.Tensor[];
  /** The inputs that the gradient reads; all of them by default. */
  keeps?: readonly K[];
  /** Which of the outputs the gradient reads as well, where computing them again would be dear. */
  keepsOutputs?: readonly boolean[];
  /**
   * Thunks, so that an input that needs no gradient costs nothing. `inputs` and `outputs` are the kept ones of the forward call; `dy`
   * belongs to the first output (the others are by-products).
   */
  gradient?(dy: tf.Tensor, inputs: Tensors<K>, attrs: A, outputs: tf.Tensor[]): Partial<Record<I, () => tf.Tensor>>;
  /** The backward pass takes the result for a constant, whatever it was made of. */
  constant?: true;
}

type Compose = (inputs: Record<string, tf.Tensor>, attrs: object) => tf.Tensor | tf.Tensor[];
const compositions = new Map<string, Compose>();

/** What computes the op of this kernel name out of plain tfjs ops. */
export const compositionOf = (kernelName: string): Compose | undefined => compositions.get(kernelName);

/**
 * Declares an op as a tfjs kernel with a gradient. Backends with a fused kernel use it, all others get the composition, so models
 * are written once. Gradients keep inputs (a reference each, no copy) and recompute what is cheap: activations are what fills
 * memory in training.
 */
export function defineOp<I extends string, A extends object = Record<string, never>, K extends I = I>(
  op: OpDefinition<I, A, K>,
): (inputs: Tensors<I>, attrs: A) => tf.Tensor[] {
  compositions.set(op.name, op.compose as Compose);
  const { gradient, keeps = op.inputs as readonly K[], keepsOutputs = [] } = op;
  if (op.constant) declareConstant(op.name);
  if (gradient !== undefined)
    tf.registerGradient({
      kernelName: op.name,
      inputsToSave: [...keeps],
      outputsToSave: [...keepsOutputs],
      gradFunc: (dys, saved, attrs) => {
        const inputs = Object.fromEntries(keeps.map((name, i) => [name, saved[i]!])) as Tensors<K>;
        const dy = Array.isArray(dys) ? dys[0]! : dys;
        return gradient(dy, inputs, attrs as unknown as A, saved.slice(keeps.length)) as Record<
          string,
          () => tf.Tensor
        >;
      },
    });
  return (inputs, attrs) => {
    const backendName = tf.getBackend();
    if (!tf.getKernel(op.name, backendName))
      tf.registerKernel({
        kernelName: op.name,
        backendName,
        kernelFunc: ({ inputs, attrs }) =>
          tf.tidy(() => op.compose(inputs as unknown as Tensors<I>, attrs as unknown as A)),
      });
    const out = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(op.name, inputs, attrs as unknown as tf.NamedAttrMap);
    return Array.isArray(out) ? out : [out];
  };
}
