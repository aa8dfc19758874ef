import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { withFiles } from '../graph/files.ts';
import type { GraphSession, HostValue } from '../graph/types.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import type { OrtTensor } from '../onnxruntime/binding.ts';
import { Session } from '../onnxruntime/session.ts';
import type { CompiledStep, StepFunction } from '../types.ts';
import { MAP_ROOT } from '../weights/mapping.ts';
import { MappedFiles } from '../weights/watch.ts';
import { type Port, type RecordedStep, record } from './record.ts';
import { onnxType, type RecordOptions, sameShape } from './recording.ts';

/** A recorded step as one native session for inputs of one shape each. It owns the session and keeps the weights that it reads. */
export class Executable implements CompiledStep {
  readonly recorded: RecordedStep;
  private readonly backend: OnnxRuntimeBackend;
  private readonly session: Session | GraphSession;
  /** Fed in every run; on a device they lie there already. */
  private readonly weights: Record<string, OrtTensor> = {};
  private readonly files: MappedFiles;

  constructor(fn: StepFunction, example: Record<string, tf.Tensor>, options?: Partial<RecordOptions>) {
    this.backend = tf.backend() as OnnxRuntimeBackend;
    this.recorded = record(fn, example, options);
    this.files = new MappedFiles(this.recorded.files);
    try {
      this.session = this.open();
    } catch (error) {
      this.files.release();
      this.recorded.release();
      throw error;
    }
  }

  run(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    this.files.check();
    const feeds = { ...this.weights };
    for (const [name, port] of this.recorded.inputs) feeds[port.value] = this.native(fitting(name, port, inputs[name]));
    const fetches: Record<string, OrtTensor> = {};
    const results: Record<string, tf.TensorInfo> = {};
    for (const [name, port] of this.recorded.outputs) {
      const info = this.empty(port);
      results[name] = info;
      fetches[port.value] = this.native(info);
    }
    try {
      this.session.run(feeds, fetches);
    } catch (error) {
      for (const { dataId } of Object.values(results)) this.backend.disposeData(dataId);
      throw error;
    }
    return Object.fromEntries(
      Object.entries(results).map(([name, info]) => [name, tf.engine().makeTensorFromTensorInfo(info)]),
    );
  }

  /** Whether part of it runs on the CPU although the backend computes on a GPU. */
  get fallback(): boolean {
    return 'fallback' in this.session && this.session.fallback;
  }

  dispose(): void {
    this.session.dispose();
    this.files.release();
    this.recorded.release();
  }

  private open(): Session | GraphSession {
    const { binding, threads, runner } = this.backend;
    const { graph, files } = this.recorded;
    if (runner) {
      const session = runner.open(...withFiles(graph, this.frozen(), files));
      // They have been copied to the device.
      this.files.release();
      return session;
    }
    Object.assign(this.weights, this.frozen());
    return new Session(binding, graph, { threads, arena: false, root: MAP_ROOT, optimize: 'disabled' });
  }

  /** What is the same in every run and lies in the host's memory. */
  private frozen(): Record<string, HostValue> {
    const { held, weights } = this.recorded;
    return {
      ...Object.fromEntries(held.map(({ name, tensor }) => [name, this.native(tensor)])),
      ...Object.fromEntries(
        weights.map(({ name, part: { type, shape, data } }) => [name, { type, dims: shape, data, location: 'cpu' }]),
      ),
    };
  }

  private empty({ shape, dtype }: Port): tf.TensorInfo {
    if (dtype === 'float32') return this.backend.output(shape).info;
    const size = sizeOf(shape);
    return this.backend.makeTensorInfo(shape, dtype, dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size));
  }

  private native(tensor: tf.TensorInfo): OrtTensor {
    const data = this.backend.values(tensor) as OrtTensor['data'];
    return { type: onnxType(tensor.dtype) as OrtTensor['type'], dims: tensor.shape, data, location: 'cpu' };
  }
}

function fitting(name: string, { shape, dtype }: Port, tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor !== undefined && tensor.dtype === dtype && sameShape(tensor.shape, shape)) return tensor;
  const given = tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape}]`;
  throw new RankwiseError('step-input', `the step was compiled for ${name}: ${dtype} [${shape}], not for ${given}`, {
    kind: 'runtime',
    hint: 'This is a defect in Rankwise: steps of varying shapes go through `bucketedStep`.',
  });
}
