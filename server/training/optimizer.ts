import type { HostTensor } from '../base/tensor.ts';
import type { TrainingSection } from '../recipe/types.ts';
import type { ParameterGroup } from './types.ts';

type OptimizerSettings = TrainingSection['optimizer'];

/** Running means of one tensor's gradient and of its square. */
export interface Moments {
  exp_avg: Float32Array;
  exp_avg_sq: Float32Array;
}

/**
 * AdamW with decoupled weight decay (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101), step for step as torch.optim.AdamW:
 * decay first, then the bias-corrected update, with eps added after the correction of the second moment.
 */
export class AdamW {
  /** Updates done. */
  step = 0;
  readonly moments: Map<string, Moments>;
  private readonly trainable: ReadonlyMap<string, HostTensor>;
  private readonly settings: Pick<OptimizerSettings, 'betas' | 'eps' | 'weight_decay'>;

  constructor(
    trainable: ReadonlyMap<string, HostTensor>,
    settings: Pick<OptimizerSettings, 'betas' | 'eps' | 'weight_decay'>,
  ) {
    this.trainable = trainable;
    this.settings = settings;
    this.moments = new Map(
      [...trainable].map(([name, { data }]) => [
        name,
        { exp_avg: new Float32Array(data.length), exp_avg_sq: new Float32Array(data.length) },
      ]),
    );
  }

  /** Updates every trainable tensor in place. `rateOf` gives the learning rate of a tensor in this step. */
  update(gradients: ReadonlyMap<string, Float32Array>, rateOf: (name: string) => number): void {
    this.step++;
    const { betas, eps, weight_decay } = this.settings;
    const [beta1, beta2] = betas;
    const correction1 = 1 - beta1 ** this.step;
    const correction2 = Math.sqrt(1 - beta2 ** this.step);
    for (const [name, { data }] of this.trainable) {
      const gradient = gradients.get(name)!;
      const { exp_avg, exp_avg_sq } = this.moments.get(name)!;
      const rate = rateOf(name);
      const keep = 1 - rate * weight_decay;
      const stepSize = rate / correction1;
      for (let i = 0; i < data.length; i++) {
        const g = gradient[i]!;
        exp_avg[i]! += (g - exp_avg[i]!) * (1 - beta1);
        exp_avg_sq[i] = exp_avg_sq[i]! * beta2 + g * g * (1 - beta2);
        const denominator = Math.sqrt(exp_avg_sq[i]!) / correction2 + eps;
        data[i] = data[i]! * keep - (stepSize * exp_avg[i]!) / denominator;
      }
    }
  }
}

/** Learning rate of a group at its peak: `head_learning_rate` for heads, `lora_plus_ratio` times the usual for LoRA+'s B. */
export function groupRate(group: ParameterGroup, settings: OptimizerSettings): number {
  const { learning_rate, lora_plus_ratio = 1, head_learning_rate = learning_rate } = settings;
  if (group === 'head') return head_learning_rate;
  return group === 'adapter-B' ? learning_rate * lora_plus_ratio : learning_rate;
}
