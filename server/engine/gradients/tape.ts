import * as tf from '@tensorflow/tfjs-core';
import { keepsShapesOnly, makesConstants } from './registry.ts';

/** What tfjs records for one kernel call while its tape is on. */
interface TapeNode {
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | undefined)[]) => Record<string, () => tf.Tensor>;
  saved: tf.Tensor[];
}

/** The tape is public in JavaScript and private in tfjs's types; the version is pinned and the tests would notice. */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

/**
 * The value of `loss` and its gradients with respect to `xs`: what `tf.variableGrads` computes, but every saved activation and inner
 * gradient is released as soon as the backward pass has used it. tfjs keeps them all to the end, about twice the peak memory.
 *
 * `loss` returns a scalar; an x that it does not depend on gets zeros. The caller disposes what is returned. Calls do not nest.
 */
export function valueAndGradients<K extends string>(
  loss: () => tf.Scalar,
  xs: Record<K, tf.Tensor>,
): { value: tf.Scalar; gradients: Record<K, tf.Tensor> } {
  const { value, tape } = record(loss);
  const gradientOf = new Map<number, tf.Tensor>();
  try {
    const names = Object.keys(xs) as K[];
    const path = connecting(tape, new Set(names.map((name) => xs[name].id)), value);
    for (const node of tape) if (!path.has(node)) release(node);
    gradientOf.set(value.id, tf.onesLike(value));
    for (const [node, inputs] of [...path].reverse()) {
      backpropagate(node, inputs, gradientOf);
      release(node);
    }
    const gradients = {} as Record<K, tf.Tensor>;
    for (const name of names) {
      const x = xs[name];
      gradients[name] = gradientOf.get(x.id) ?? tf.zerosLike(x);
      gradientOf.delete(x.id);
    }
    return { value, gradients };
  } catch (error) {
    value.dispose();
    throw error;
  } finally {
    for (const node of tape) release(node);
    for (const tensor of gradientOf.values()) tensor.dispose();
  }
}

function record(loss: () => tf.Scalar): { value: tf.Scalar; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0) throw new Error('valueAndGradients does not nest');
  engine.startTape();
  const tape = engine.state.activeTape!;
  // Nodes come in while the forward pass runs: what they keep for its shape alone can go before the next kernel.
  tape.push = (...nodes) => {
    for (const node of nodes) if (keepsShapesOnly(node.kernelName)) release(node);
    return Array.prototype.push.apply(tape, nodes);
  };
  try {
    return { value: tf.tidy(loss), tape };
  } catch (error) {
    for (const node of tape) release(node);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** The nodes between the wanted tensors and the value, in order of recording, each with its inputs that a wanted tensor leads to. */
function connecting(tape: TapeNode[], wanted: ReadonlySet<number>, value: tf.Tensor): Map<TapeNode, string[]> {
  const fromWanted = new Set(wanted);
  const inputsOf = new Map<TapeNode, string[]>();
  for (const node of tape) {
    if (makesConstants(node.kernelName)) continue;
    const inputs = Object.keys(node.inputs).filter((name) => fromWanted.has(node.inputs[name]?.id ?? -1));
    if (inputs.length === 0) continue;
    inputsOf.set(node, inputs);
    for (const output of node.outputs) fromWanted.add(output.id);
  }
  const toValue = new Set([value.id]);
  for (const node of [...tape].reverse()) {
    if (!inputsOf.has(node)) continue;
    if (!node.outputs.some((output) => toValue.has(output.id))) inputsOf.delete(node);
    else for (const name of inputsOf.get(node)!) toValue.add(node.inputs[name]!.id);
  }
  return inputsOf;
}

/** Moves the gradients of a node's outputs to its inputs and releases the former. */
function backpropagate(node: TapeNode, inputs: string[], gradientOf: Map<number, tf.Tensor>): void {
  const { gradient } = node;
  if (gradient === undefined) throw new Error(`no gradient is defined for ${node.kernelName}`);
  const dys = node.outputs.map((output) => gradientOf.get(output.id));
  // Cloning (a reference, no copy) makes every result a tensor of its own, whatever a gradient function returns twice or passes on.
  const dxs = tf.tidy(() => {
    const thunks = gradient(dys);
    return inputs.map((name) => {
      const thunk = thunks[name];
      if (thunk === undefined) throw new Error(`no gradient of ${node.kernelName} with respect to ${name}`);
      return tf.clone(thunk());
    });
  });
  for (const output of node.outputs) {
    gradientOf.get(output.id)?.dispose();
    gradientOf.delete(output.id);
  }
  inputs.forEach((name, i) => {
    const { id } = node.inputs[name]!;
    const dx = dxs[i]!;
    const before = gradientOf.get(id);
    if (before === undefined) {
      gradientOf.set(id, dx);
    } else {
      gradientOf.set(id, tf.add(before, dx));
      before.dispose();
      dx.dispose();
    }
  });
}

/** Disposes what the tape kept for a node; a second call does nothing. */
function release(node: TapeNode): void {
  for (const tensor of node.saved) tensor.dispose();
  node.saved = [];
}
