/** Tells once when nothing is learnt: the gradient is exactly 0, several steps in a row. */

import type { RunEvent } from '../protocol/events.ts';
import type { Untimed } from './loop.ts';
import type { TrainableModel } from './types.ts';

/** One batch may happen to say nothing; so many in a row do not. */
const row = 3;

/**
 * To be called after each step with its loss and the norm of all gradients together: that some tensors have none, as LoRA's A at its start, is as it
 * should be. Of a run of fewer steps all of them have to be 0.
 */
export function zeroGradients(
  model: Pick<TrainableModel, 'trainable' | 'groupOf'>,
  totalSteps: number,
  emit: (event: Untimed<RunEvent>) => void,
): (step: number, loss: number, gradNorm: number) => void {
  let zeros = 0;
  let told = false;
  /** The least loss of a step that had a gradient. */
  let learning: number | undefined;
  return (step, loss, gradNorm) => {
    zeros = gradNorm === 0 ? zeros + 1 : 0;
    if (gradNorm !== 0) learning = learning === undefined ? loss : Math.min(learning, loss);
    if (told || zeros < Math.min(row, totalSteps)) return;
    told = true;
    const steps = zeros === 1 ? 'at its only step' : `for ${zeros} steps in a row`;
    const message = `The gradient has been exactly 0 ${steps}, so nothing is learnt. ${cause(model, loss, learning)}`;
    emit({ event: 'warning', step, code: 'zero-gradient', message });
  };
}

function cause(
  { trainable, groupOf }: Pick<TrainableModel, 'trainable' | 'groupOf'>,
  loss: number,
  learning: number | undefined,
): string {
  if (learning !== undefined && loss > learning)
    return 'There was one before, and the loss was lower: the steps were so large that nothing comes back from them. Start again with a lower training.optimizer.learning_rate.';
  if (loss === 0)
    return 'The loss is 0, too: check that the labels are not all ignored, and that they can be wrong at all.';
  const adapter = [...trainable].filter(([name]) => groupOf(name) !== 'head');
  const zeros = adapter.filter(([, { data }]) => data.every((value) => value === 0));
  if (adapter.length > 0 && zeros.length === adapter.length)
    return 'All tensors of the adapter are 0: a product of factors that are all 0 has no gradient. Start with fresh values, not from this adapter.';
  return 'Check that the targets are on the path to the loss, that a new head is trained (modules_to_save), and that the labels are not all ignored.';
}
