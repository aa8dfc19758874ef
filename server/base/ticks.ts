/** Where the axes of charts have their ticks. */
export interface Range {
  min: number;
  max: number;
}

/** Of a logarithmic axis: whole powers of ten, at most about `most` of them; between them 2 and 5 where there are few. */
export function decades({ min, max }: Range, most = Number.POSITIVE_INFINITY): number[] {
  const ticks: number[] = [];
  const span = Math.log10(max / min);
  const factors = span < 2.2 ? [1, 2, 5] : [1];
  const skip = Math.max(1, Math.ceil(span / most));
  for (let exponent = Math.floor(Math.log10(min)); exponent <= Math.ceil(Math.log10(max)); exponent++)
    if (exponent % skip === 0)
      for (const times of factors) {
        const value = Number(`${times}e${exponent}`);
        if (value >= min * 0.9999 && value <= max * 1.0001) ticks.push(value);
      }
  return ticks;
}

/** The least of 1, 2 and 5 times the powers of ten that is not below `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((times) => times * power >= least) ?? 10);
}

/** Of a linear axis: multiples of 1, 2 or 5 times a power of ten, about `most` of them at the most. */
export function steps({ min, max }: Range, most: number): number[] {
  const rough = (max - min) / most;
  if (!(rough > 0) || !Number.isFinite(rough)) return [min];
  const step = roundStep(rough);
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + 1e-9 * step; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** A logarithmic axis with some air around `values`; undefined where there are none above 0. */
export function logRange(values: readonly number[]): Range | undefined {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return undefined;
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const air = Math.max(1.5, (high / low) ** 0.05);
  return { min: low / air, max: high * air };
}
