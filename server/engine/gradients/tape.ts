import * as tf from '@tensorflow/tfjs-core';
import { keepsShapesOnly, makesConstants } from './registry.ts';

/** What tfjs records for one kernel call while its tape is on; a checkpoint is a node of ours among them. */
export interface TapeNode {
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | undefined)[]) => Record<string, () => tf.Tensor>;
  /** In place of `gradient`: the gradients of the named inputs alone. */
  gradientsOf?: (dy: tf.Tensor, inputs: readonly string[]) => tf.Tensor[];
  saved: tf.Tensor[];
}

/** The tape is public in JavaScript and private in tfjs's types; the version is pinned and the tests would notice. */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

const tapeEngine = () => tf.engine() as unknown as TapeEngine;

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
  try {
    const names = Object.keys(xs) as K[];
    const found = backward(
      tape,
      value,
      tf.onesLike(value),
      names.map((name) => xs[name]),
    );
    return { value, gradients: Object.fromEntries(names.map((name, i) => [name, found[i]])) as Record<K, tf.Tensor> };
  } catch (error) {
    value.dispose();
    throw error;
  }
}

/**
 * The gradients of `xs`, given that of `value`, which is used up; zeros for an x that leads nowhere. Releases the tape node by node.
 */
export function backward(tape: TapeNode[], value: tf.Tensor, dValue: tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  const gradientOf = new Map([[value.id, dValue]]);
  try {
    const path = connecting(tape, new Set(xs.map(({ id }) => id)), value);
    for (const node of tape) if (!path.has(node)) release(node);
    for (const [node, inputs] of [...path].reverse()) {
      backpropagate(node, inputs, gradientOf);
      release(node);
    }
    return xs.map((x) => {
      const gradient = gradientOf.get(x.id) ?? tf.zerosLike(x);
      gradientOf.delete(x.id);
      return gradient;
    });
  } finally {
    for (const node of tape) release(node);
    for (const tensor of gradientOf.values()) tensor.dispose();
  }
}

/** Runs `f` with a tape of its own; the caller releases the nodes, by `backward` for one. */
export function record<T extends tf.Tensor>(f: () => T): { value: T; tape: TapeNode[] } {
  const engine = tapeEngine();
  if (engine.state.gradientDepth > 0) throw new Error('valueAndGradients does not nest');
  engine.startTape();
  const tape = sparing(engine.state.activeTape!);
  try {
    return { value: tf.tidy(f), tape };
  } catch (error) {
    for (const node of tape) release(node);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** Nodes come in while the forward pass runs: what they keep for its shape alone can go before the next kernel. */
function sparing(tape: TapeNode[]): TapeNode[] {
  tape.push = (...nodes) => {
    for (const node of nodes) if (keepsShapesOnly(node.kernelName)) release(node);
    return Array.prototype.push.apply(tape, nodes);
  };
  return tape;
}

/** The tape that records now, if any. */
export const activeTape = (): TapeNode[] | null => {
  const { state } = tapeEngine();
  return state.gradientDepth > 0 ? state.activeTape : null;
};

/** Runs `f` with another tape in the place of the active one. */
export function withTape<T>(tape: TapeNode[], f: () => T): T {
  const { state } = tapeEngine();
  const outer = state.activeTape;
  state.activeTape = sparing(tape);
  try {
    return f();
  } finally {
    state.activeTape = outer;
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
  const dys = node.outputs.map((output) => gradientOf.get(output.id));
  const dxs = node.gradientsOf ? node.gradientsOf(dys[0]!, inputs) : fromThunks(node, dys, inputs);
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

function fromThunks(node: TapeNode, dys: (tf.Tensor | undefined)[], inputs: string[]): tf.Tensor[] {
  const { gradient } = node;
  if (gradient === undefined) throw new Error(`no gradient is defined for ${node.kernelName}`);
  // Cloning (a reference, no copy) makes every result a tensor of its own, whatever a gradient function returns twice or passes on.
  return tf.tidy(() => {
    const thunks = gradient(dys);
    return inputs.map((name) => {
      const thunk = thunks[name];
      if (thunk === undefined) throw new Error(`no gradient of ${node.kernelName} with respect to ${name}`);
      return tf.clone(thunk());
    });
  });
}

/** Disposes what the tape kept for a node; a second call does nothing. */
export function release(node: TapeNode): void {
  for (const tensor of node.saved) tensor.dispose();
  node.saved = [];
}
