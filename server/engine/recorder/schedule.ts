import { type Graph, type Node, reads } from '../onnx/model.ts';

/**
 * The part of a graph that its outputs need, in the order that keeps the fewest values alive.
 *
 * onnxruntime orders nodes itself, depth first from the nodes that nothing reads, beginning with the last of them, and at each node with
 * the input that was written last (GraphViewer, Graph::ReverseDFSFrom). So
 * - what depends on no input of the step, weights that are unpacked above all, comes first: it then waits until all else that its reader
 *   needs is there;
 * - the nodes that nothing reads, the gradients above all, come last and in reverse: the first gradient to be known is computed
 *   first, and what it needs is freed before the next one.
 * @param frozen inputs that are the same in every run: weights.
 */
export function scheduled(graph: Graph, frozen: ReadonlySet<string>): Graph {
  const kept = neededNodes(graph);
  const read = new Set(kept.flatMap(reads));
  const needed = new Set([...read, ...graph.outputs.map(({ name }) => name)]);
  const steady = new Set([...frozen, ...(graph.initializers ?? []).map(({ name }) => name)]);
  const [early, middle, leaves]: Node[][] = [[], [], []];
  for (const node of kept) {
    if (!node.outputs.some((value) => read.has(value))) leaves!.unshift(node);
    else if (reads(node).every((value) => value === '' || steady.has(value))) {
      early!.push(node);
      for (const value of node.outputs) steady.add(value);
    } else middle!.push(node);
  }
  return {
    inputs: graph.inputs.filter(({ name }) => needed.has(name)),
    outputs: graph.outputs,
    nodes: [...early!, ...middle!, ...leaves!],
    initializers: (graph.initializers ?? []).filter(({ name }) => needed.has(name)),
  };
}

/** In the order in which they were written. */
function neededNodes(graph: Graph): Node[] {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const value of reads(node)) needed.add(value);
  }
  return kept.reverse();
}
