/** Coefficients to samples at the image's size, with the arithmetic of libjpeg(-turbo), which Pillow uses: its accurate integer transform and its triangle filter. */
import type { Component, Frame } from './types.ts';

/** A component's samples; `across` apart from row to row. */
interface Plane {
  data: Uint8Array;
  across: number;
  width: number;
  height: number;
}

/** All components at the image's size, [height, width] each. */
export function planes(frame: Frame): Uint8Array[] {
  return frame.components.map((component) => {
    const plane = samplesOf(component);
    const [wider, taller] = [frame.mostH / component.h, frame.mostV / component.v];
    return upsampled(plane, wider, taller, frame);
  });
}

function samplesOf({ coefficients, heldAcross, quantization, width, height }: Component): Plane {
  const across = heldAcross * 8;
  const data = new Uint8Array(coefficients.length);
  const work = new Int32Array(64);
  for (let block = 0; block * 64 < coefficients.length; block++) {
    const [x, y] = [block % heldAcross, Math.floor(block / heldAcross)];
    const own = coefficients.subarray(block * 64, block * 64 + 64);
    for (let i = 0; i < 64; i++) work[i] = own[i]! * quantization[i]!;
    inverse(work, 8, 1, 11, 0);
    inverse(work, 1, 8, 18, 128);
    for (let i = 0; i < 64; i++)
      data[(y * 8 + (i >> 3)) * across + x * 8 + (i & 7)] = Math.max(0, Math.min(255, work[i]!));
  }
  return { data, across, width, height };
}

/**
 * The inverse cosine transform of Loeffler, Ligtenberg and Moschytz along one axis of 8 × 8 numbers, in place: columns first, with 13 bits of
 * fraction of which 2 are kept, then rows.
 */
function inverse(x: Int32Array, apart: number, between: number, shift: number, center: number): void {
  const half = 1 << (shift - 1);
  for (let line = 0, at = 0; line < 8; line++, at += between) {
    const x0 = x[at]!;
    const x1 = x[at + apart]!;
    const x2 = x[at + 2 * apart]!;
    const x3 = x[at + 3 * apart]!;
    const x4 = x[at + 4 * apart]!;
    const x5 = x[at + 5 * apart]!;
    const x6 = x[at + 6 * apart]!;
    const x7 = x[at + 7 * apart]!;
    const even = (x2 + x6) * 4433;
    const a0 = (x0 + x4) << 13;
    const a1 = (x0 - x4) << 13;
    const a2 = even - x6 * 15137;
    const a3 = even + x2 * 6270;
    const z1 = (x7 + x1) * -7373;
    const z2 = (x5 + x3) * -20995;
    const z5 = (x7 + x3 + x5 + x1) * 9633;
    const z3 = (x7 + x3) * -16069 + z5;
    const z4 = (x5 + x1) * -3196 + z5;
    const o3 = x7 * 2446 + z1 + z3;
    const o2 = x5 * 16819 + z2 + z4;
    const o1 = x3 * 25172 + z2 + z3;
    const o0 = x1 * 12299 + z1 + z4;
    x[at] = ((a0 + a3 + o0 + half) >> shift) + center;
    x[at + 7 * apart] = ((a0 + a3 - o0 + half) >> shift) + center;
    x[at + apart] = ((a1 + a2 + o1 + half) >> shift) + center;
    x[at + 6 * apart] = ((a1 + a2 - o1 + half) >> shift) + center;
    x[at + 2 * apart] = ((a1 - a2 + o2 + half) >> shift) + center;
    x[at + 5 * apart] = ((a1 - a2 - o2 + half) >> shift) + center;
    x[at + 3 * apart] = ((a0 - a3 + o3 + half) >> shift) + center;
    x[at + 4 * apart] = ((a0 - a3 - o3 + half) >> shift) + center;
  }
}

/** Twice as wide or high is a triangle filter (not for planes of two columns), anything else repeats samples. */
function upsampled(plane: Plane, wider: number, taller: number, { width, height }: Frame): Uint8Array {
  const out = new Uint8Array(width * height);
  const smooth = (wider === 2 && taller <= 2 && plane.width > 2) || (wider === 1 && taller === 2);
  if (!smooth) {
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / taller) * plane.across;
      for (let x = 0; x < width; x++) out[y * width + x] = plane.data[row + Math.floor(x / wider)]!;
    }
    return out;
  }
  const sums = new Int32Array(plane.width);
  for (let y = 0; y < height; y++) {
    const near = taller === 1 ? y : y >> 1;
    // Beyond the first and last row they repeat.
    const far = taller === 1 ? near : Math.max(0, Math.min(plane.height - 1, (y & 1) === 0 ? near - 1 : near + 1));
    for (let x = 0; x < plane.width; x++)
      sums[x] =
        taller === 1
          ? plane.data[near * plane.across + x]!
          : 3 * plane.data[near * plane.across + x]! + plane.data[far * plane.across + x]!;
    const line = out.subarray(y * width, (y + 1) * width);
    if (wider === 2) widen(sums, line, taller === 1 ? [2, 1, 2] : [4, 8, 7]);
    else for (let x = 0; x < width; x++) line[x] = (sums[x]! + ((y & 1) === 0 ? 1 : 2)) >> 2;
  }
  return out;
}

/** Three parts of the nearer sample, one of the other; rounding goes up and down in turn, so that none is preferred. */
function widen(sums: Int32Array, out: Uint8Array, [bits, left, right]: [number, number, number]): void {
  const last = sums.length - 1;
  for (let x = 0; x < out.length; x++) {
    const near = sums[x >> 1]!;
    const isLeft = (x & 1) === 0;
    const other = isLeft ? (x >> 1) - 1 : (x >> 1) + 1;
    const edge = other < 0 || other > last;
    const rounding = isLeft ? left : right;
    if (edge) out[x] = bits === 4 ? (near * 4 + rounding) >> 4 : near;
    else out[x] = (3 * near + sums[other]! + rounding) >> bits;
  }
}
