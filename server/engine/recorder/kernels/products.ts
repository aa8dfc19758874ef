import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { product } from '../../onnx/fragments/product.ts';
import type { Recorder, Recorders } from '../recorder.ts';

/** Batched product of float32 matrices with transposes: a [..., m, k]·b [..., k, n], batch dimensions broadcast. */
const matMul: Recorder = ({ inputs, attrs, recording, g }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const {
    transposeA = false,
    transposeB = false,
    scale = 1,
  } = attrs as { transposeA?: boolean; transposeB?: boolean; scale?: number };
  const m = transposeA ? a.shape.at(-1)! : a.shape.at(-2)!;
  const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  recording.flops += 2 * sizeOf(batch) * m * n * (transposeA ? a.shape.at(-2)! : a.shape.at(-1)!);
  const value = product(g, recording.value(a), recording.value(b), { transposeA, transposeB, scale });
  return recording.tensor(value, [...batch, m, n]);
};

/** base + scale·x·Wᵀ. */
const addLinear: Recorder = ({ inputs, attrs, recording, g }) => {
  const { base, x, weight } = inputs as { base: TensorInfo; x: TensorInfo; weight: TensorInfo };
  recording.flops += 2 * sizeOf(base.shape) * x.shape[1]!;
  const value = g.op('Gemm', [recording.value(x), recording.value(weight), recording.value(base)], {
    transB: 1,
    alpha: { float: attrs.scale as number },
    beta: { float: 1 },
  });
  return recording.tensor(value, base.shape);
};

export const products: Recorders = { BatchMatMul: matMul, ScaledMatMul: matMul, AddLinear: addLinear };
