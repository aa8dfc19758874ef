import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface Attrs {
  ignoreIndex: number;
}

/** [rows, classes], 1 at each row's label; an ignored row is all 0 (−1 lies outside of oneHot's range). */
const targets = (logits: tf.Tensor, labels: tf.Tensor, ignoreIndex: number): tf.Tensor => {
  const places = tf.where(tf.equal(labels, ignoreIndex), tf.fill(labels.shape, -1, 'int32'), labels);
  return tf.oneHot(places as tf.Tensor1D, logits.shape[1]!, 1, 0, 'float32');
};

const forward = defineOp<'logits' | 'labels', Attrs>({
  name: 'CrossEntropy',
  inputs: ['logits', 'labels'],
  compose: ({ logits, labels }, { ignoreIndex }) =>
    tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits, -1), targets(logits, labels, ignoreIndex)), -1)),
  gradient: (dy, { logits, labels }, attrs) => ({ logits: () => backward({ logits, labels, dy }, attrs)[0]! }),
});

/** (softmax(logits) − target)·dy per row, 0 where ignored. */
const backward = defineOp<'logits' | 'labels' | 'dy', Attrs>({
  name: 'CrossEntropyGrad',
  inputs: ['logits', 'labels', 'dy'],
  compose: ({ logits, labels, dy }, { ignoreIndex }) => {
    const counted = tf.mul(dy, tf.cast(tf.notEqual(labels, ignoreIndex), 'float32'));
    return tf.mul(tf.sub(tf.softmax(logits, -1), targets(logits, labels, ignoreIndex)), tf.expandDims(counted, -1));
  },
});

/**
 * −log softmax(logits)[label] per row; 0, with gradient 0, where the label is `ignoreIndex`.
 * logits: [rows, classes], labels: int32 [rows], each in [0, classes) or `ignoreIndex` -> [rows]. The mean over counted rows is the
 * caller's, who knows what a batch counts.
 */
export const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor, ignoreIndex = -100): tf.Tensor =>
  forward({ logits, labels }, { ignoreIndex })[0]!;
