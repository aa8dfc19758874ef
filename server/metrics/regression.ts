/** How predicted numbers differ from the true ones, and go along with them. */

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `mse`, `mae`, and the correlations `pearson` and `spearman`, which constants do not have (NaN), as in SciPy. */
export function numberScores(labels: readonly number[], predicted: readonly number[]): Record<string, number> {
  const errors = predicted.map((value, i) => value - labels[i]!);
  return {
    mse: mean(errors.map((error) => error ** 2)),
    mae: mean(errors.map(Math.abs)),
    pearson: correlation(labels, predicted),
    spearman: correlation(ranks(labels), ranks(predicted)),
  };
}

/** Pearson's r; NaN where a side is constant. */
function correlation(xs: readonly number[], ys: readonly number[]): number {
  if (isConstant(xs) || isConstant(ys)) return Number.NaN;
  const [mx, my] = [mean(xs), mean(ys)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [i, x] of xs.entries()) {
    const [dx, dy] = [x - mx, ys[i]! - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

const isConstant = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

/** From 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) found[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}
