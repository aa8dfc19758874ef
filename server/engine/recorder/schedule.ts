import type { Graph, Node } from '../onnx/model.ts';

/** The values that a node reads, those of its loop bodies included. */
function reads(node: Node): string[] {
  const bodies = Object.values(node.attributes ?? {}).flatMap((a) =>
    typeof a === 'object' && 'graph' in a ? [a.graph] : [],
  );
  return [...node.inputs, ...bodies.flatMap((body) => body.nodes.flatMap(reads))];
}

/** Splits off the nodes that depend on constants and `frozen` inputs alone. */
function withoutInputs(nodes: readonly Node[], given: readonly string[], frozen: ReadonlySet<string>): Node[][] {
  const varying = new Set(given.filter((name) => !frozen.has(name)));
  const [early, late]: [Node[], Node[]] = [[], []];
  for (const node of nodes) {
    const depends = reads(node).some((value) => varying.has(value));
    if (depends) for (const value of node.outputs) varying.add(value);
    (depends ? late : early).push(node);
  }
  return [early, late];
}

/**
 * The part of a graph that its outputs need, in the order that keeps the fewest values alive. `frozen` names the inputs that are the same
 * in every run.
 *
 * onnxruntime orders nodes itself, depth first from the nodes that nothing reads, beginning with the last of them, and at each node with
 * the input that was written last. So the nodes that nothing reads, the gradients above all, come last and in reverse: the
 * first gradient to be known is then computed first, and what it needs is freed before the next one. By the same rule what decodes
 * frozen weights comes before all else: it then waits until the other input of its product is known.
 */
export function scheduled(graph: Graph, frozen: ReadonlySet<string> = new Set()): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const value of reads(node)) needed.add(value);
  }
  const read = new Set(kept.flatMap(reads));
  const isLeaf = ({ outputs }: Node) => !outputs.some((value) => read.has(value));
  const inner = kept.filter((node) => !isLeaf(node)).reverse();
  const names = graph.inputs.map(({ name }) => name);
  return {
    inputs: graph.inputs.filter(({ name }) => needed.has(name)),
    outputs: graph.outputs,
    nodes: [...withoutInputs(inner, names, frozen).flat(), ...kept.filter(isLeaf)],
    initializers: (graph.initializers ?? []).filter(({ name }) => needed.has(name)),
  };
}
