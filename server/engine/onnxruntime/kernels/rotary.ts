import type { TensorInfo } from '@tensorflow/tfjs-core';
import { GraphBuilder } from '../../onnx/builder.ts';
import { floats } from '../backend.ts';
import { floatValue, type Route, type Routes } from '../route.ts';

/**
 * onnxruntime's RotaryEmbedding looks cos and sin up by position. One row of the tables per (batch, time) pair or per time, so a position
 * is that row's number.
 */
const rotate: Route = ({ inputs, attrs, backend }) => {
  const { x, cos, sin } = inputs as { x: TensorInfo; cos: TensorInfo; sin: TensorInfo };
  const [batch, heads, time, headDim] = x.shape as [number, number, number, number];
  const half = cos.shape.at(-1)!;
  const perBatch = cos.shape.length === 3 && cos.shape[0]! > 1;
  const positions = new BigInt64Array(batch * time);
  for (let i = 0; i < positions.length; i++) positions[i] = BigInt(perBatch ? i : i % time);
  const sines = backend.float32(sin);
  const { info, data } = backend.output(x.shape);
  const partial = 2 * half < headDim;
  const attributes = { num_heads: heads, rotary_embedding_dim: partial ? 2 * half : 0 };
  const table = [perBatch ? batch * time : time, half];
  backend.run(
    `Rotary/${partial ? half : 0}/${heads}`,
    () => {
      const g = new GraphBuilder();
      g.input(floatValue('x', 4));
      g.input({ name: 'positions', type: 'int64', shape: ['batch', 'time'] });
      g.input(floatValue('cos', 2));
      g.input(floatValue('sin', 2));
      g.op('RotaryEmbedding', ['x', 'positions', 'cos', 'sin'], attributes, { domain: 'com.microsoft', as: 'y' });
      return { graph: g.output(floatValue('y', 4)).build() };
    },
    {
      x: floats(backend.float32(x), x.shape),
      positions: { type: 'int64', data: positions, dims: [batch, time], location: 'cpu' },
      cos: floats(backend.float32(cos), table),
      sin: floats(attrs.inverse === true ? sines.map((s) => -s) : sines, table),
    },
    { y: floats(data, x.shape) },
  );
  return info;
};

export const rotaryKernels: Routes = { Rotary: rotate };
