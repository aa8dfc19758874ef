import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { type GeluForm, TANH_CUBIC, TANH_SCALE } from '../../ops/gelu.ts';
import { floats } from '../backend.ts';
import { type Call, floatValue, type Route, type Routes } from '../route.ts';

/**
 * Elements per native call. onnxruntime runs a chain of elementwise nodes one whole pass after the other: in blocks, the
 * values between the passes stay in the cache.
 */
const BLOCK = 65_536;
const MICROSOFT = { domain: 'com.microsoft' } as const;

/** Runs the chain that `build` makes over all inputs, which have one shape; it defines the values `outputs`. */
function blockwise(
  { inputs, backend }: Call,
  name: string,
  outputs: readonly string[],
  build: (g: GraphBuilder) => void,
): TensorInfo[] {
  const sources = Object.entries(inputs).map(([input, tensor]) => [input, backend.float32(tensor)] as const);
  const { shape } = Object.values(inputs)[0]!;
  const size = sizeOf(shape);
  const results = outputs.map(() => backend.output(shape));
  const make = () => {
    const g = new GraphBuilder();
    for (const [input] of sources) g.input(floatValue(input, 1));
    build(g);
    for (const output of outputs) g.output(floatValue(output, 1));
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
  return blockwise(call, `Gelu/${form}`, ['y'], (g) => {
    g.op(form === 'erf' ? 'Gelu' : 'FastGelu', ['x'], {}, { ...MICROSOFT, as: 'y' });
  });
};

/** dy·(gate + slope), as in ops/gelu.ts. */
const geluGrad: Route = (call) => {
  const form = call.attrs.form as GeluForm;
  return blockwise(call, `GeluGrad/${form}`, ['y'], (g) => {
    const square = g.op('Mul', ['x', 'x']);
    const times = (x: string, factor: number) => g.op('Mul', [x, g.number(factor)]);
    const plus = (x: string, term: number) => g.op('Add', [x, g.number(term)]);
    let gate: string;
    let slope: string;
    if (form === 'erf') {
      gate = times(plus(g.op('Erf', [times('x', Math.SQRT1_2)]), 1), 0.5);
      slope = g.op('Mul', ['x', times(g.op('Exp', [times(square, -0.5)]), 1 / Math.sqrt(2 * Math.PI))]);
    } else {
      gate = g.op('Sigmoid', [g.op('Mul', ['x', plus(times(square, TANH_SCALE * TANH_CUBIC), TANH_SCALE)])]);
      const argument = g.op('Mul', ['x', plus(times(square, 3 * TANH_SCALE * TANH_CUBIC), TANH_SCALE)]);
      slope = g.op('Mul', [g.op('Sub', [gate, g.op('Mul', [gate, gate])]), argument]);
    }
    g.op('Mul', ['dy', g.op('Add', [gate, slope])], {}, { as: 'y' });
  });
};

const siluGate: Route = (call) =>
  blockwise(call, 'SiluGate', ['y'], (g) => {
    const silu = g.op('QuickGelu', ['gate'], { alpha: { float: 1 } }, MICROSOFT);
    g.op('Mul', [silu, 'up'], {}, { as: 'y' });
  });

const siluGateGrad: Route = (call) =>
  blockwise(call, 'SiluGateGrad', ['dGate', 'dUp'], (g) => {
    const s = g.op('Sigmoid', ['gate']);
    const silu = g.op('Mul', ['gate', s]);
    const slope = g.op('Add', [s, g.op('Sub', [silu, g.op('Mul', [silu, s])])]);
    g.op('Mul', [g.op('Mul', ['dy', 'up']), slope], {}, { as: 'dGate' });
    g.op('Mul', ['dy', silu], {}, { as: 'dUp' });
  });

export const activations: Routes = { Gelu: gelu, GeluGrad: geluGrad, SiluGate: siluGate, SiluGateGrad: siluGateGrad };
