import type { HostTensor } from '../base/tensor.ts';
import { adamwUpdate } from '../engine/index.ts';
import type { TrainingSection } from '../recipe/types.ts';
import type { ParameterGroup } from './types.ts';

type OptimizerSettings = TrainingSection['optimizer'];

/** Running means of one tensor's gradient and of its square. */
export interface Moments {
  exp_avg: Float32Array;
  exp_avg_sq: Float32Array;
}

/** AdamW with its state, one pair of moments a tensor. */
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

  /**
   * Updates every trainable tensor in place. `rateOf` gives the learning rate of a tensor in this step; gradients are multiplied by `clip`.
   */
  update(gradients: ReadonlyMap<string, Float32Array>, rateOf: (name: string) => number, clip = 1): void {
    this.step++;
    const { betas, eps, weight_decay } = this.settings;
    const [beta1, beta2] = betas;
    const correction1 = 1 - beta1 ** this.step;
    const correction2 = Math.sqrt(1 - beta2 ** this.step);
    for (const [name, { data }] of this.trainable) {
      const rate = rateOf(name);
      const keep = 1 - rate * weight_decay;
      const stepSize = rate / correction1;
      adamwUpdate(
        { data, gradient: gradients.get(name)!, ...this.moments.get(name)! },
        { beta1, beta2, eps, keep, stepSize, correction2, clip },
      );
    }
  }
}

/** Learning rate of a group at its peak: `head_learning_rate` for heads, `lora_plus_ratio` times the usual for LoRA+'s B. */
export function groupRate(group: ParameterGroup, settings: OptimizerSettings): number {
  const { learning_rate, lora_plus_ratio = 1, head_learning_rate = learning_rate } = settings;
  if (group === 'head') return head_learning_rate;
  return group === 'adapter-B' ? learning_rate * lora_plus_ratio : learning_rate;
}
