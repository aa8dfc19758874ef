import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { floats, integers, type OnnxRuntimeBackend } from '../backend.ts';
import { floatValue, indexValue, kernel, type Route, type Routes, SMALL } from '../route.ts';

/** Drops axes of size 1 and merges axes that stay neighbours, in order. */
function simplify(shape: readonly number[], perm: readonly number[]): { dims: number[]; perm: number[] } {
  const order = perm.filter((axis) => shape[axis] !== 1);
  const runs: number[][] = [];
  const follows = (axis: number, last: number) => axis > last && shape.slice(last + 1, axis).every((d) => d === 1);
  for (const axis of order) {
    const run = runs.at(-1);
    if (run !== undefined && follows(axis, run.at(-1)!)) run.push(axis);
    else runs.push([axis]);
  }
  const sorted = [...runs].sort((a, b) => a[0]! - b[0]!);
  return {
    dims: sorted.map((run) => sizeOf(run.map((axis) => shape[axis]!))),
    perm: runs.map((run) => sorted.indexOf(run)),
  };
}

const transpose: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  const simple = simplify(x.shape, attrs.perm as number[]);
  if (x.dtype !== 'float32' || sizeOf(x.shape) < SMALL) return fallback();
  const { info, data } = backend.output((attrs.perm as number[]).map((axis) => x.shape[axis]!));
  if (simple.dims.length < 2) {
    data.set(backend.float32(x));
    return info;
  }
  const rank = simple.dims.length;
  backend.run(
    `Transpose/${simple.perm}`,
    () =>
      kernel(
        [{ op: 'Transpose', inputs: ['x'], outputs: ['y'], attributes: { perm: simple.perm } }],
        [floatValue('x', rank)],
        [floatValue('y', rank)],
      ),
    { x: floats(backend.float32(x), simple.dims) },
    {
      y: floats(
        data,
        simple.perm.map((axis) => simple.dims[axis]!),
      ),
    },
  );
  return info;
};

/** Always a copy: tfjs's own slice is a view, which would outlive the buffer that it looks into. */
function cut(backend: OnnxRuntimeBackend, x: TensorInfo, begin: number[], size: number[]): TensorInfo {
  const { info, data } = backend.output(size);
  const values = backend.float32(x);
  if (slice_util.isSliceContinous(x.shape, begin, size)) {
    const offset = slice_util.computeFlatOffset(begin, util.computeStrides(x.shape));
    data.set(values.subarray(offset, offset + data.length));
    return info;
  }
  const rank = x.shape.length;
  backend.run(
    `Slice/${rank}`,
    () =>
      kernel(
        [{ op: 'Slice', inputs: ['x', 'begin', 'end'], outputs: ['y'] }],
        [floatValue('x', rank), indexValue('begin'), indexValue('end')],
        [floatValue('y', rank)],
      ),
    { x: floats(values, x.shape), begin: integers(begin), end: integers(begin.map((b, i) => b + size[i]!)) },
    { y: floats(data, size) },
  );
  return info;
}

const slice: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  if (x.dtype !== 'float32') return fallback();
  const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [from, extent] = slice_util.parseSliceParams(x as never, begin, size);
  slice_util.assertParamsValid(x as never, from!, extent!);
  return cut(backend, x, from!, extent!);
};

const split: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  if (x.dtype !== 'float32') return fallback();
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const sizes = backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits as number[] | number, axis);
  const begin = x.shape.map(() => 0);
  return sizes.map((part) => {
    const piece = cut(backend, x, [...begin], x.shape.with(axis, part));
    begin[axis]! += part;
    return piece;
  });
};

const concat: Route = ({ inputs, attrs, backend }, fallback) => {
  const all = Object.values(inputs);
  const first = all[0]!;
  const axis = util.parseAxisParam(attrs.axis as number, first.shape)[0]!;
  const shape = backend_util.computeOutShape(
    all.map((x) => x.shape),
    axis,
  );
  const parts = all.filter((x) => sizeOf(x.shape) > 0);
  if (all.some((x) => x.dtype !== 'float32') || sizeOf(shape) < SMALL || parts.length < 2) return fallback();
  const { info, data } = backend.output(shape);
  const outer = sizeOf(shape.slice(0, axis));
  const names = parts.map((_, i) => `x${i}`);
  const dims = (x: { shape: number[] }) => [outer, sizeOf(x.shape) / outer];
  backend.run(
    `Concat/${parts.length}`,
    () =>
      kernel(
        [{ op: 'Concat', inputs: names, outputs: ['y'], attributes: { axis: 1 } }],
        names.map((name) => floatValue(`${name}`, 2)),
        [floatValue('y', 2)],
      ),
    Object.fromEntries(parts.map((x, i) => [names[i]!, floats(backend.float32(x), dims(x))])),
    { y: floats(data, dims(info)) },
  );
  return info;
};

const tile: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  const reps = attrs.reps as number[];
  const shape = x.shape.map((d, i) => d * reps[i]!);
  if (x.dtype !== 'float32' || sizeOf(shape) < SMALL) return fallback();
  const { info, data } = backend.output(shape);
  const rank = shape.length;
  backend.run(
    `Tile/${rank}`,
    () =>
      kernel(
        [{ op: 'Tile', inputs: ['x', 'reps'], outputs: ['y'] }],
        [floatValue('x', rank), indexValue('reps')],
        [floatValue('y', rank)],
      ),
    { x: floats(backend.float32(x), x.shape), reps: integers(reps) },
    { y: floats(data, shape) },
  );
  return info;
};

const pad: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  const paddings = attrs.paddings as unknown as [number, number][];
  const shape = x.shape.map((d, i) => d + paddings[i]![0] + paddings[i]![1]);
  if (x.dtype !== 'float32' || sizeOf(shape) < SMALL || sizeOf(x.shape) === 0) return fallback();
  const { info, data } = backend.output(shape);
  const rank = shape.length;
  backend.run(
    `Pad/${rank}`,
    () =>
      kernel(
        [{ op: 'Pad', inputs: ['x', 'pads', 'value'], outputs: ['y'] }],
        [floatValue('x', rank), indexValue('pads'), floatValue('value', 0)],
        [floatValue('y', rank)],
      ),
    {
      x: floats(backend.float32(x), x.shape),
      pads: integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]),
      value: floats(Float32Array.of(attrs.constantValue as number), []),
    },
    { y: floats(data, shape) },
  );
  return info;
};

export const layout: Routes = {
  Transpose: transpose,
  Slice: slice,
  SplitV: split,
  Concat: concat,
  Tile: tile,
  PadV2: pad,
};
