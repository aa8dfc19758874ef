import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Recording } from './recording.ts';

export interface RecordedCall {
  inputs: Record<string, TensorInfo>;
  attrs: NamedAttrMap;
  recording: Recording;
  /** `recording.graph`. */
  g: GraphBuilder;
}

/** Writes a tfjs kernel call as nodes of the graph. */
export type Recorder = (call: RecordedCall) => TensorInfo | TensorInfo[];
export type Recorders = Record<string, Recorder>;
