import { expect, test } from 'vitest';
import type { Graph, Node } from '../../../server/engine/onnx/model.ts';
import { floats } from '../../../server/engine/onnxruntime/backend.ts';
import { loadBinding } from '../../../server/engine/onnxruntime/binding.ts';
import { Session } from '../../../server/engine/onnxruntime/session.ts';
import { lowered } from '../../../server/engine/webgpu/lower.ts';
import { values } from './reference.ts';

const data = (shape: number[], seed: number) => Float32Array.from(values(shape, seed).data);

/** Runs a graph on the CPU: on what it is lowered to must give the same. */
function run(graph: Graph): Float32Array[] {
  const session = new Session(loadBinding(), graph, { threads: 1, arena: false, optimize: 'disabled' });
  const feeds = graph.inputs.map(({ name, shape }, i) => [
    name,
    floats(data(shape as number[], i + 1), shape as number[]),
  ]);
  const results = graph.outputs.map(({ shape }) => shape as number[]);
  const fetches = results.map((shape) => floats(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));
  session.run(
    Object.fromEntries(feeds),
    Object.fromEntries(fetches.map((value, i) => [graph.outputs[i]!.name, value])),
  );
  session.dispose();
  return fetches.map(({ data }) => data as Float32Array);
}

const microsoft = { domain: 'com.microsoft' } as const;
const fused = (attributes: Node['attributes']): Pick<Node, 'op' | 'domain' | 'attributes'> => ({
  op: 'FusedMatMul',
  ...microsoft,
  ...(attributes && { attributes }),
});
const CASES: [string, Pick<Node, 'op' | 'domain' | 'attributes'>, number[][], number[][]][] = [
  [
    'a plain product',
    fused({ transA: 0, transB: 0, alpha: { float: 1 } }),
    [
      [3, 4],
      [4, 5],
    ],
    [[3, 5]],
  ],
  [
    'both matrices transposed, scaled',
    fused({ transA: 1, transB: 1, alpha: { float: 0.5 } }),
    [
      [4, 3],
      [5, 4],
    ],
    [[3, 5]],
  ],
  [
    'batches, the first transposed',
    fused({ transA: 1, alpha: { float: 2 } }),
    [
      [2, 2, 4, 3],
      [2, 2, 4, 5],
    ],
    [[2, 2, 3, 5]],
  ],
  [
    'a batch and a matrix, the second transposed',
    fused({ transB: 1 }),
    [
      [2, 3, 4],
      [5, 4],
    ],
    [[2, 3, 5]],
  ],
  ['LogSoftmax', { op: 'LogSoftmax', attributes: { axis: 1 } }, [[3, 7]], [[3, 7]]],
  [
    'SimplifiedLayerNormalization and 1/rms',
    { op: 'SimplifiedLayerNormalization', attributes: { axis: -1, epsilon: { float: 1e-3 } } },
    [[3, 8], [8]],
    [
      [3, 8],
      [3, 1],
    ],
  ],
  ['Sum', { op: 'Sum' }, [[2, 3], [3], [2, 1]], [[2, 3]]],
  ['Sign', { op: 'Sign' }, [[5]], [[5]]],
];

test.each(CASES)('%s', (_, node, inputs, outputs) => {
  const info = (name: string) => (shape: number[], i: number) => ({
    name: `${name}${i}`,
    type: 'float32' as const,
    shape,
  });
  const names = (list: number[][], name: string) => list.map((_, i) => `${name}${i}`);
  const graph: Graph = {
    inputs: inputs.map(info('x')),
    outputs: outputs.map(info('y')),
    nodes: [{ ...node, inputs: names(inputs, 'x'), outputs: names(outputs, 'y') }],
  };
  const [actual, expected] = [run(lowered(graph)), run(graph)];
  expected.forEach((values, i) => {
    for (const [j, value] of values.entries()) expect(actual[i]![j], `y${i}[${j}]`).toBeCloseTo(value, 5);
  });
  const ops = lowered(graph).nodes.map(({ op, outputs }) => (outputs.length > 1 ? 'several outputs' : op));
  expect(ops).not.toContain(node.op === 'SimplifiedLayerNormalization' ? 'several outputs' : node.op);
});

test('a product behind an operator whose rank is not known is refused by name', () => {
  const graph: Graph = {
    inputs: [{ name: 'x', type: 'float32', shape: [2, 2] }],
    outputs: [{ name: 'y', type: 'float32', shape: [2, 2] }],
    nodes: [
      { op: 'Mystery', inputs: ['x'], outputs: ['z'] },
      { ...fused({ transB: 1 }), inputs: ['z', 'x'], outputs: ['y'] },
    ],
  };
  expect(() => lowered(graph)).toThrow(
    expect.objectContaining({ code: 'unrecordable-kernel', message: expect.stringMatching(/^Mystery/) }),
  );
});
