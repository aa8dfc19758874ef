import { sizeOf } from '../../../base/tensor.ts';
import { floats } from '../backend.ts';
import { floatValue, kernel, type Route, type Routes, SMALL } from '../route.ts';

/** Over the last axis, the only one that tfjs's op allows. */
const softmaxOf =
  (op: 'Softmax' | 'LogSoftmax'): Route =>
  ({ inputs, backend }, fallback) => {
    const x = inputs.logits!;
    const size = sizeOf(x.shape);
    if (x.dtype !== 'float32' || size < SMALL) return fallback();
    const classes = x.shape.at(-1)!;
    const dims = [size / classes, classes];
    const { info, data } = backend.output(x.shape);
    backend.run(
      op,
      () =>
        kernel(
          [{ op, inputs: ['x'], outputs: ['y'], attributes: { axis: 1 } }],
          [floatValue('x', 2)],
          [floatValue('y', 2)],
        ),
      { x: floats(backend.float32(x), dims) },
      { y: floats(data, dims) },
    );
    return info;
  };

export const softmax: Routes = { Softmax: softmaxOf('Softmax'), LogSoftmax: softmaxOf('LogSoftmax') };
