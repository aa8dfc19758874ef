import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import type { Recorder, Recorders } from '../recorder.ts';

/** Other shape, same elements. A scalar that is stretched over the tensor stays one. */
const reshaped =
  (input: string, shapeOf: (x: TensorInfo, attrs: Record<string, unknown>) => number[]): Recorder =>
  ({ inputs, attrs, recording }) => {
    const x = inputs[input]!;
    const shape = shapeOf(x, attrs);
    const { value, shape: physical } = recording.operand(x);
    if (sizeOf(physical) === 1 && sizeOf(shape) !== 1)
      return recording.tensor(physical.length === 0 ? value : recording.reshape(value, []), shape, x.dtype, []);
    return recording.tensor(recording.reshape(recording.value(x), shape), shape, x.dtype);
  };

const reshape = reshaped('x', (x, { shape }) => util.inferFromImplicitShape(shape as number[], sizeOf(x.shape)));
const expandDims = reshaped('input', (x, { dim }) => {
  const at = (dim as number) < 0 ? x.shape.length + 1 + (dim as number) : (dim as number);
  return x.shape.toSpliced(at, 0, 1);
});

const transpose: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const perm = attrs.perm as number[];
  const shape = perm.map((axis) => x.shape[axis]!);
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  const value = recording.value(x);
  // Axes of one element go where they like.
  const inOrder = moving.every((axis, i) => i === 0 || axis > moving[i - 1]!);
  return recording.tensor(
    inOrder ? recording.reshape(value, shape) : g.op('Transpose', [value], { perm }),
    shape,
    x.dtype,
  );
};

const slice: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const [begin, size] = slice_util.parseSliceParams(
    x as never,
    attrs.begin as number | number[],
    attrs.size as number | number[],
  ) as [number[], number[]];
  slice_util.assertParamsValid(x as never, begin, size);
  const axes = begin.flatMap((_, axis) => (size[axis] === x.shape[axis] ? [] : [axis]));
  if (axes.length === 0) return recording.share(x);
  const value = g.op('Slice', [
    recording.value(x),
    g.indices(axes.map((axis) => begin[axis]!)),
    g.indices(axes.map((axis) => begin[axis]! + size[axis]!)),
    g.indices(axes),
  ]);
  return recording.tensor(value, size, x.dtype);
};

const stridedSlice: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const { begin, end, strides, ...masks } = attrs as unknown as Record<'begin' | 'end' | 'strides', number[]> &
    Record<'beginMask' | 'endMask' | 'ellipsisMask' | 'newAxisMask' | 'shrinkAxisMask', number>;
  const info = slice_util.sliceInfo(
    x.shape,
    begin,
    end,
    strides,
    masks.beginMask,
    masks.endMask,
    masks.ellipsisMask,
    masks.newAxisMask,
    masks.shrinkAxisMask,
  );
  const axes = info.begin.map((_, axis) => axis);
  const value = g.op('Slice', [
    recording.value(x),
    g.indices(info.begin),
    // Backwards to the first element means beyond it, which −1 would not say.
    g.indices(info.end.map((e, axis) => (e < 0 ? -x.shape[axis]! - 1 : e))),
    g.indices(axes),
    g.indices(info.strides),
  ]);
  return recording.tensor(recording.reshape(value, info.finalShape), info.finalShape, x.dtype);
};

const split: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const sizes = backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits as number[] | number, axis);
  if (sizes.length === 1) return [recording.share(x)];
  const values = g.ops('Split', [recording.value(x), g.indices(sizes)], sizes.length, { axis });
  return values.map((value, i) => recording.tensor(value, x.shape.with(axis, sizes[i]!), x.dtype));
};

const concat: Recorder = ({ inputs, attrs, recording, g }) => {
  const all = Object.values(inputs);
  const axis = util.parseAxisParam(attrs.axis as number, all[0]!.shape)[0]!;
  const shape = backend_util.computeOutShape(
    all.map((x) => x.shape),
    axis,
  );
  const parts = all.filter((x) => sizeOf(x.shape) > 0);
  if (parts.length === 1) return recording.share(parts[0]!);
  return recording.tensor(
    g.op(
      'Concat',
      parts.map((x) => recording.value(x)),
      { axis },
    ),
    shape,
    all[0]!.dtype,
  );
};

const pack: Recorder = ({ inputs, attrs, recording, g }) => {
  const all = Object.values(inputs);
  const { shape, dtype } = all[0]!;
  const axis = (attrs.axis as number) < 0 ? shape.length + 1 + (attrs.axis as number) : (attrs.axis as number);
  const parts = all.map((x) => recording.reshape(recording.value(x), shape.toSpliced(axis, 0, 1)));
  return recording.tensor(g.op('Concat', parts, { axis }), shape.toSpliced(axis, 0, all.length), dtype);
};

const unpack: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.value!;
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const count = x.shape[axis]!;
  const shape = x.shape.toSpliced(axis, 1);
  const values = g.ops('Split', [recording.value(x), g.indices(Array(count).fill(1))], count, { axis });
  return values.map((value) => recording.tensor(recording.reshape(value, shape), shape, x.dtype));
};

const tile: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const reps = attrs.reps as number[];
  const shape = x.shape.map((d, i) => d * reps[i]!);
  const { value, shape: physical } = recording.operand(x);
  // Repeating single elements is broadcasting.
  const lead = x.shape.length - physical.length;
  if (reps.every((r, i) => r === 1 || i < lead || physical[i - lead] === 1))
    return recording.tensor(value, shape, x.dtype, physical);
  return recording.tensor(g.op('Tile', [recording.value(x), g.indices(reps)]), shape, x.dtype);
};

const pad: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const paddings = attrs.paddings as unknown as [number, number][];
  const shape = x.shape.map((d, i) => d + paddings[i]![0] + paddings[i]![1]);
  const pads = g.indices([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  const constant = attrs.constantValue as number;
  const fill =
    x.dtype === 'int32' ? g.constant({ type: 'int32', shape: [], data: Int32Array.of(constant) }) : g.number(constant);
  return recording.tensor(g.op('Pad', [recording.value(x), pads, fill]), shape, x.dtype);
};

const reverse: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const axes = util.parseAxisParam(attrs.dims as number[], x.shape);
  const all = (value: number) => g.indices(axes.map(() => value));
  const value = g.op('Slice', [recording.value(x), all(-1), all(-(2 ** 31)), g.indices(axes), all(-1)]);
  return recording.tensor(value, x.shape, x.dtype);
};

export const layout: Recorders = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Slice: slice,
  StridedSlice: stridedSlice,
  SplitV: split,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  Tile: tile,
  PadV2: pad,
  Reverse: reverse,
};
