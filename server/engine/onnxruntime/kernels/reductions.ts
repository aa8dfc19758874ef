import { backend_util, util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { floats } from '../backend.ts';
import { floatValue, kernel, type Route, type Routes, SMALL } from '../route.ts';

/** Merges neighbouring axes that are all kept or all reduced; returns the merged shape and its reduced axes. */
function merge(shape: readonly number[], axes: ReadonlySet<number>): { dims: number[]; reduced: number[] } {
  const dims: number[] = [];
  const reduced: number[] = [];
  let last: boolean | undefined;
  shape.forEach((d, i) => {
    const gone = axes.has(i);
    if (d === 1) return;
    if (gone === last) dims[dims.length - 1]! *= d;
    else {
      if (gone) reduced.push(dims.length);
      dims.push(d);
    }
    last = gone;
  });
  return { dims, reduced };
}

const reduction =
  (op: string): Route =>
  ({ inputs, attrs, backend }, fallback) => {
    const x = inputs.x!;
    const { axis, reductionIndices, keepDims } = attrs as unknown as {
      axis?: number | number[];
      reductionIndices?: number | number[];
      keepDims?: boolean;
    };
    const axes = util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
    const { dims, reduced } = merge(x.shape, new Set(axes));
    if (x.dtype !== 'float32' || sizeOf(x.shape) < SMALL || reduced.length === 0) return fallback();
    const [without] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims === true ? backend_util.expandShapeToKeepDim(without, axes) : without;
    const { info, data } = backend.output(shape);
    const outDims = dims.filter((_, i) => !reduced.includes(i));
    backend.run(
      `${op}/${dims.length}:${reduced}`,
      () =>
        kernel(
          [{ op, inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } }],
          [floatValue('x', dims.length)],
          [floatValue('y', outDims.length)],
          {
            initializers: [
              { name: 'axes', type: 'int64', shape: [reduced.length], data: BigInt64Array.from(reduced, BigInt) },
            ],
          },
        ),
      { x: floats(backend.float32(x), dims) },
      { y: floats(data, outDims) },
    );
    return info;
  };

export const reductions: Routes = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
};
