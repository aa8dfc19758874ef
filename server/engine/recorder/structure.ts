import type { Graph, Node } from '../onnx/model.ts';

/**
 * What a graph is made of, whatever its sizes: each kind of node with its attributes and the kinds of node that it reads. Two recordings of
 * one step for different shapes have the same kinds.
 */
export function structureOf({ nodes }: Graph): Set<string> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node.op] as const)));
  const kinds = new Set<string>();
  for (const node of nodes) {
    const { own, bodies } = attributesOf(node);
    const reads = node.inputs.map((value) => makers.get(value) ?? 'given');
    kinds.add(`${node.domain ?? ''}.${node.op}(${reads})${own}`);
    for (const body of bodies) for (const kind of structureOf(body)) kinds.add(`${node.op}: ${kind}`);
  }
  return kinds;
}

function attributesOf({ attributes = {} }: Node): { own: string; bodies: Graph[] } {
  const entries = Object.entries(attributes);
  const bodies = entries.flatMap(([, value]) => (typeof value === 'object' && 'graph' in value ? [value.graph] : []));
  const own = entries.filter(([, value]) => !(typeof value === 'object' && 'graph' in value));
  return { own: JSON.stringify(own), bodies };
}
