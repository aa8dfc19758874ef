import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { floats } from '../backend.ts';
import { type Call, floatValue, type Route, type Routes } from '../route.ts';

/** Feeds tensors as [rows, n] (or [n] for weights) to the graph that `build` makes; the result has x's shape. */
function normKernel(
  { inputs, attrs, backend }: Call,
  name: string,
  build: (g: GraphBuilder, eps: number) => void,
): TensorInfo {
  const eps = attrs.eps as number;
  const { shape } = inputs.x!;
  const n = shape.at(-1)!;
  const dims = [sizeOf(shape) / n, n];
  const { info, data } = backend.output(shape);
  backend.run(
    `${name}/${eps}`,
    () => {
      const g = new GraphBuilder();
      for (const [input, tensor] of Object.entries(inputs)) g.input(floatValue(input, isRow(tensor, shape) ? 2 : 1));
      build(g, eps);
      return { graph: g.output(floatValue('y', 2)).build() };
    },
    Object.fromEntries(
      Object.entries(inputs).map(([input, tensor]) => [
        input,
        floats(backend.float32(tensor), isRow(tensor, shape) ? dims : [n]),
      ]),
    ),
    { y: floats(data, dims) },
  );
  return info;
}

const isRow = (tensor: TensorInfo, shape: number[]) =>
  sizeOf(tensor.shape) === sizeOf(shape) && tensor.shape.length > 1;

const rmsNorm: Route = (call) =>
  normKernel(call, 'RmsNorm', (g, eps) => {
    g.op('SimplifiedLayerNormalization', ['x', 'weight'], { axis: -1, epsilon: { float: eps } }, { as: 'y' });
  });

const layerNorm: Route = (call) =>
  normKernel(call, 'LayerNorm', (g, eps) => {
    g.op('LayerNormalization', ['x', 'weight', 'bias'], { axis: -1, epsilon: { float: eps } }, { as: 'y' });
  });

const mean = (g: GraphBuilder, x: string) => g.op('ReduceMean', [x, g.indices([1])], { keepdims: 1 });
const inverseRoot = (g: GraphBuilder, x: string, eps: number) =>
  g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [x, g.number(eps)])])]);

/** s·(g − x·s²·mean(g·x)), s = 1/rms, g = dy·weight. */
const rmsNormGrad: Route = (call) =>
  normKernel(call, 'RmsNormGrad', (g, eps) => {
    const s = inverseRoot(g, mean(g, g.op('Mul', ['x', 'x'])), eps);
    const weighted = g.op('Mul', ['dy', 'weight']);
    const projection = g.op('Mul', [mean(g, g.op('Mul', [weighted, 'x'])), g.op('Mul', [s, s])]);
    const off = g.op('Sub', [weighted, g.op('Mul', ['x', projection])]);
    g.op('Mul', [off, s], {}, { as: 'y' });
  });

/** s·(g − mean(g) − x̂·mean(g·x̂)), x̂ = (x − mean)·s, g = dy·weight. */
const layerNormGrad: Route = (call) =>
  normKernel(call, 'LayerNormGrad', (g, eps) => {
    const centred = g.op('Sub', ['x', mean(g, 'x')]);
    const s = inverseRoot(g, mean(g, g.op('Mul', [centred, centred])), eps);
    const normal = g.op('Mul', [centred, s]);
    const weighted = g.op('Mul', ['dy', 'weight']);
    const along = g.op('Mul', [normal, mean(g, g.op('Mul', [weighted, normal]))]);
    const off = g.op('Sub', [g.op('Sub', [weighted, mean(g, weighted)]), along]);
    g.op('Mul', [off, s], {}, { as: 'y' });
  });

export const norms: Routes = {
  RmsNorm: rmsNorm,
  RmsNormGrad: rmsNormGrad,
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
};
