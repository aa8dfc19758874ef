import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { lastToken } from '../../../server/models/last-token.ts';

beforeAll(() => startEngine());

/** Positions chosen of rows whose hidden states are their positions. */
function chosen(ids: number[][], mask: number[][], pad: number | undefined): number[] {
  const x = tf.tensor(ids.map((row) => row.map((_, position) => [position])));
  const inputs = { input_ids: tf.tensor(ids, undefined, 'int32'), attention_mask: tf.tensor(mask, undefined, 'int32') };
  return Array.from(lastToken(x, inputs, pad).dataSync());
}

it.each([
  [
    'the last token that is not padding, on either side',
    [
      [5, 6, 0],
      [0, 0, 7],
    ],
    0,
    [1, 2],
  ],
  [
    'by the ids, not by the mask, and padding between counts for nothing',
    [
      [0, 5, 0],
      [5, 0, 6],
    ],
    0,
    [1, 2],
  ],
  [
    'the first one of a row of padding',
    [
      [0, 0, 0],
      [5, 5, 5],
    ],
    0,
    [0, 2],
  ],
])('%s', (_, ids, pad, expected) => {
  expect(
    chosen(
      ids,
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      pad,
    ),
  ).toEqual(expected);
});

it('goes by the mask where no token is padding', () => {
  expect(
    chosen(
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [1, 0, 0],
        [0, 1, 1],
      ],
      undefined,
    ),
  ).toEqual([0, 2]);
});
