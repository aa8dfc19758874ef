/** Where SVFT's M has entries: places of a k×k matrix as row·k + column, in ascending order. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../base/random.ts';
import { fromHost } from '../engine/index.ts';
import { bandPlaces } from '../engine/ops/index.ts';
import type { Entries, Factors } from './spectral.ts';

/** Rows and columns of the band, as `bandPlaces` orders them. */
export function bandEntries(k: number, d: number): Pick<Entries, 'rows' | 'columns'> {
  const pairs = bandPlaces(k, d);
  const half = (from: 0 | 1) => Int32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + from]!);
  return { rows: half(0), columns: half(1) };
}

/** `count` distinct places, each as likely as any other (Floyd's sampling). */
export function randomPlaces(k: number, count: number, random: Random): Float64Array {
  const chosen = new Set<number>();
  for (let last = k * k - count; last < k * k; last++) {
    const place = random.below(last + 1);
    chosen.add(chosen.has(place) ? last : place);
  }
  return Float64Array.from(chosen).sort();
}

/**
 * The `count` places of largest |uᵢ·vⱼ|, the first of equal ones. Vectors of different length (W is not square) are compared in their first min(m, n)
 * components: the k×k block of UᵀV that there is.
 */
export function alignedPlaces({ U, S, Vt }: Factors, count: number): Float64Array {
  const k = S.data.length;
  const shared = Math.min(U.shape[0]!, Vt.shape[1]!);
  const alignment = tf.tidy(() => {
    const left = tf.slice(fromHost(U), [0, 0], [shared, k]) as tf.Tensor2D;
    const right = tf.slice(fromHost(Vt), [0, 0], [k, shared]) as tf.Tensor2D;
    return tf.abs(tf.matMul(left, right, true, true));
  });
  const values = Float32Array.from(alignment.dataSync());
  alignment.dispose();
  const least = values.slice().sort()[values.length - count]!;
  let ties = count - values.reduce((above, value) => above + (value > least ? 1 : 0), 0);
  const places = new Float64Array(count);
  let next = 0;
  for (let at = 0; at < values.length && next < count; at++)
    if (values[at]! > least || (values[at]! === least && ties-- > 0)) places[next++] = at;
  return places;
}
