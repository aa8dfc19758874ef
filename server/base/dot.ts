/** Σ x·y over `length` numbers from `atX` and `atY` on. Four sums at once: one would wait for itself. */
export function dot(x: Float32Array, atX: number, y: Float32Array, atY: number, length: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += x[atX + i]! * y[atY + i]!;
    b += x[atX + i + 1]! * y[atY + i + 1]!;
    c += x[atX + i + 2]! * y[atY + i + 2]!;
    d += x[atX + i + 3]! * y[atY + i + 3]!;
  }
  for (; i < length; i++) a += x[atX + i]! * y[atY + i]!;
  return a + b + c + d;
}
