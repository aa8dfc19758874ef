/** L2 norm of all gradients together; NaN or infinite when any of them is. */
export function gradientNorm(gradients: Iterable<Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  return Math.sqrt(sum);
}

/** What gradients of this norm are multiplied by so that it is at most `maxNorm`, with the 1e-6 of torch's clip_grad_norm_. */
export const clipFactor = (norm: number, maxNorm: number | null): number =>
  maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
