import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { productAttributes } from '../../onnx/fragments/product.ts';
import { floats } from '../backend.ts';
import { floatValue, kernel, type Route, type Routes } from '../route.ts';

/** Batched product of float32 matrices with transposes: a [..., m, k]·b [..., k, n], batch dimensions broadcast. */
const matMul: Route = ({ inputs, attrs, backend }, fallback) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const {
    transposeA = false,
    transposeB = false,
    scale = 1,
  } = attrs as unknown as {
    transposeA?: boolean;
    transposeB?: boolean;
    scale?: number;
  };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return fallback();
  const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [n, l] = transposeB ? [b.shape.at(-2)!, b.shape.at(-1)!] : [b.shape.at(-1)!, b.shape.at(-2)!];
  if (k !== l) return fallback();
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const { info, data } = backend.output([...batch, m, n]);
  const ranks = [a.shape.length, b.shape.length, batch.length + 2] as const;
  backend.run(
    `MatMul/${+transposeA}${+transposeB}/${scale}/${ranks}`,
    () => ({
      ...kernel(
        [
          {
            op: 'FusedMatMul',
            domain: 'com.microsoft',
            inputs: ['a', 'b'],
            outputs: ['y'],
            attributes: productAttributes({ transposeA, transposeB, scale }),
          },
        ],
        [floatValue('a', ranks[0]), floatValue('b', ranks[1])],
        [floatValue('y', ranks[2])],
      ),
      heavy: true,
    }),
    { a: floats(backend.float32(a), a.shape), b: floats(backend.float32(b), b.shape) },
    { y: floats(data, info.shape) },
  );
  return info;
};

/** base + scale·x·Wᵀ. */
const addLinear: Route = ({ inputs, attrs, backend }) => {
  const { base, x, weight } = inputs as { base: TensorInfo; x: TensorInfo; weight: TensorInfo };
  const scale = attrs.scale as number;
  const { info, data } = backend.output(base.shape);
  const feeds = { base, x, weight };
  backend.run(
    `AddLinear/${scale}`,
    () => ({
      ...kernel(
        [
          {
            op: 'Gemm',
            inputs: ['x', 'weight', 'base'],
            outputs: ['y'],
            attributes: { transB: 1, alpha: { float: scale }, beta: { float: 1 } },
          },
        ],
        Object.keys(feeds).map((name) => floatValue(name, 2)),
        [floatValue('y', 2)],
      ),
      heavy: true,
    }),
    Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, floats(backend.float32(t), t.shape)])),
    { y: floats(data, base.shape) },
  );
  return info;
};

export const matmul: Routes = { BatchMatMul: matMul, ScaledMatMul: matMul, AddLinear: addLinear };
