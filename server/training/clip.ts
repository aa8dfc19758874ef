/** L2 norm of all gradients together; NaN or infinite when any of them is. */
export function gradientNorm(gradients: Iterable<Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  return Math.sqrt(sum);
}

/** Scales gradients in place so that their norm is at most `maxNorm`, with the 1e-6 of torch's clip_grad_norm_. */
export function clipGradients(gradients: Iterable<Float32Array>, norm: number, maxNorm: number): void {
  const factor = maxNorm / (norm + 1e-6);
  if (factor >= 1) return;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
}
