/** Scores of predicted classes against the true ones, as scikit-learn computes them. */

/** rows are true classes, columns predicted ones. */
function confusion(labels: readonly number[], predicted: readonly number[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, label] of labels.entries()) counts[label]![predicted[i]!]!++;
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * `accuracy`, `f1_macro`, `matthews`, and for two classes `f1` (of class 1). A class that neither occurs nor is predicted does not count in
 * the macro mean; an F1 of nothing right, and Matthews' correlation of constants, are 0.
 */
export function classScores(
  labels: readonly number[],
  predicted: readonly number[],
  classes: number,
): Record<string, number> {
  const counts = confusion(labels, predicted, classes);
  const right = counts.map((row, c) => row[c]!);
  const truly = counts.map(sum);
  const said = counts.map((_, c) => sum(counts.map((row) => row[c]!)));
  const f1 = right.map((hits, c) => (hits === 0 ? 0 : (2 * hits) / (truly[c]! + said[c]!)));
  const present = f1.filter((_, c) => truly[c]! + said[c]! > 0);
  return {
    accuracy: sum(right) / labels.length,
    ...(classes === 2 && { f1: f1[1]! }),
    f1_macro: sum(present) / present.length,
    matthews: matthews(sum(right), truly, said, labels.length),
  };
}

/** The coefficient R_K of several classes (Gorodkin 2004), which for two is Matthews' own. */
function matthews(right: number, truly: readonly number[], said: readonly number[], all: number): number {
  const products = (a: readonly number[], b: readonly number[]) => sum(a.map((x, c) => x * b[c]!));
  const spread = (all ** 2 - products(said, said)) * (all ** 2 - products(truly, truly));
  return spread === 0 ? 0 : (right * all - products(truly, said)) / Math.sqrt(spread);
}
