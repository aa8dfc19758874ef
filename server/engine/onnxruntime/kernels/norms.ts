import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import * as fragments from '../../onnx/fragments/norms.ts';
import { floats } from '../backend.ts';
import { type Call, floatValue, type Route, type Routes } from '../route.ts';

/** Feeds tensors as [rows, n] (or [n] for weights) to the graph that `build` makes; the result has x's shape. */
function normKernel(
  { inputs, attrs, backend }: Call,
  name: string,
  build: (g: GraphBuilder, norm: fragments.Norm) => string,
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
      return { graph: g.output(floatValue('y', 2), build(g, { rank: 2, eps })).build() };
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

const rmsNorm: Route = (call) => normKernel(call, 'RmsNorm', (g, norm) => fragments.rmsNorm(g, 'x', 'weight', norm));

const rmsNormGrad: Route = (call) =>
  normKernel(call, 'RmsNormGrad', (g, norm) => fragments.rmsNormGrad(g, 'x', 'weight', 'dy', norm));

const layerNorm: Route = (call) =>
  normKernel(call, 'LayerNorm', (g, norm) => fragments.layerNorm(g, 'x', 'weight', 'bias', norm));

const layerNormGrad: Route = (call) =>
  normKernel(call, 'LayerNormGrad', (g, norm) => fragments.layerNormGrad(g, 'x', 'weight', 'dy', norm));

export const norms: Routes = {
  RmsNorm: rmsNorm,
  RmsNormGrad: rmsNormGrad,
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
};
