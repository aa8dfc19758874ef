import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface Attrs {
  ignoreIndex: number;
  /** Absent where there is none. */
  smoothing?: number;
}

/** [rows, classes], 1 at each row's label; an ignored row is all 0 (−1 lies outside of oneHot's range). */
const targets = (logits: tf.Tensor, labels: tf.Tensor, ignoreIndex: number): tf.Tensor => {
  const places = tf.where(tf.equal(labels, ignoreIndex), tf.fill(labels.shape, -1, 'int32'), labels);
  return tf.oneHot(places as tf.Tensor1D, logits.shape[1]!, 1, 0, 'float32');
};

/** The same with `smoothing` of each row's 1 spread over all classes. */
function smoothed(logits: tf.Tensor, labels: tf.Tensor, ignoreIndex: number, smoothing = 0): tf.Tensor {
  const sharp = targets(logits, labels, ignoreIndex);
  if (smoothing === 0) return sharp;
  const counted = tf.expandDims(tf.cast(tf.notEqual(labels, ignoreIndex), 'float32'), -1);
  return tf.add(tf.mul(sharp, 1 - smoothing), tf.mul(counted, smoothing / logits.shape[1]!));
}

const forward = defineOp<'logits' | 'labels', Attrs>({
  name: 'CrossEntropy',
  inputs: ['logits', 'labels'],
  compose: ({ logits, labels }, { ignoreIndex, smoothing }) =>
    tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits, -1), smoothed(logits, labels, ignoreIndex, smoothing)), -1)),
  gradient: (dy, { logits, labels }, attrs) => ({ logits: () => backward({ logits, labels, dy }, attrs)[0]! }),
});

/** (softmax(logits) − target)·dy per row, 0 where ignored. */
const backward = defineOp<'logits' | 'labels' | 'dy', Attrs>({
  name: 'CrossEntropyGrad',
  inputs: ['logits', 'labels', 'dy'],
  compose: ({ logits, labels, dy }, { ignoreIndex, smoothing }) => {
    const counted = tf.mul(dy, tf.cast(tf.notEqual(labels, ignoreIndex), 'float32'));
    return tf.mul(
      tf.sub(tf.softmax(logits, -1), smoothed(logits, labels, ignoreIndex, smoothing)),
      tf.expandDims(counted, -1),
    );
  },
});

/**
 * −log softmax(logits)[label] per row; 0, with gradient 0, where the label is `ignoreIndex`. With `smoothing` ε, as torch's `label_smoothing`:
 * (1 − ε) of it and ε of the mean over all classes.
 * logits: [rows, classes], labels: int32 [rows], each in [0, classes) or `ignoreIndex` -> [rows]. The mean over counted rows is the
 * caller's, who knows what a batch counts.
 */
export const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor, ignoreIndex = -100, smoothing = 0): tf.Tensor =>
  forward({ logits, labels }, { ignoreIndex, ...(smoothing > 0 && { smoothing }) })[0]!;
