import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import * as fragments from '../../onnx/fragments/activations.ts';
import type { GeluForm } from '../../ops/gelu.ts';
import { floats } from '../backend.ts';
import { type Call, floatValue, type Route, type Routes } from '../route.ts';

/**
 * Elements per native call. onnxruntime runs a chain of elementwise nodes one whole pass after the other: in blocks, the
 * values between the passes stay in the cache.
 */
const BLOCK = 65_536;

/** Runs the chain that `build` makes over all inputs, which have one shape; it answers with the values of `outputs`. */
function blockwise(
  { inputs, backend }: Call,
  name: string,
  build: (g: GraphBuilder) => Record<string, string>,
  outputs: readonly string[] = ['y'],
): TensorInfo[] {
  const sources = Object.entries(inputs).map(([input, tensor]) => [input, backend.float32(tensor)] as const);
  const { shape } = Object.values(inputs)[0]!;
  const size = sizeOf(shape);
  const results = outputs.map(() => backend.output(shape));
  const make = () => {
    const g = new GraphBuilder();
    for (const [input] of sources) g.input(floatValue(input, 1));
    for (const [output, value] of Object.entries(build(g))) g.output(floatValue(output, 1), value);
    return { graph: g.build() };
  };
  for (let from = 0; from < size; from += BLOCK) {
    const to = Math.min(from + BLOCK, size);
    const block = (data: Float32Array) => floats(data.subarray(from, to), [to - from]);
    backend.run(
      name,
      make,
      Object.fromEntries(sources.map(([input, data]) => [input, block(data)])),
      Object.fromEntries(outputs.map((output, i) => [output, block(results[i]!.data)])),
    );
  }
  return results.map(({ info }) => info);
}

const gelu: Route = (call) => {
  const form = call.attrs.form as GeluForm;
  return blockwise(call, `Gelu/${form}`, (g) => ({ y: fragments.gelu(g, 'x', form) }));
};

const geluGrad: Route = (call) => {
  const form = call.attrs.form as GeluForm;
  return blockwise(call, `GeluGrad/${form}`, (g) => ({ y: fragments.geluGrad(g, 'x', 'dy', form) }));
};

const siluGate: Route = (call) => blockwise(call, 'SiluGate', (g) => ({ y: fragments.siluGate(g, 'gate', 'up') }));

const siluGateGrad: Route = (call) =>
  blockwise(call, 'SiluGateGrad', (g) => fragments.siluGateGrad(g, 'gate', 'up', 'dy'), ['dGate', 'dUp']);

export const activations: Routes = { Gelu: gelu, GeluGrad: geluGrad, SiluGate: siluGate, SiluGateGrad: siluGateGrad };
