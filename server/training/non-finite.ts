/** A loss or a gradient that is not finite ends the run before anything is updated or saved with it: where it was, and what to try. */
import { RankwiseError } from '../base/errors.ts';
import { eitherOf } from '../base/wording.ts';
import type { TrainingSection } from '../recipe/types.ts';
import type { TrainableModel } from './types.ts';

/** What a run has that may be to blame. */
export interface Blame {
  settings: TrainingSection;
  /** How frozen weights are held. */
  dtype: string;
}

/** Throws `non-finite-loss` unless loss and norm of step `step` are finite. */
export function checkFinite(
  loss: number,
  gradNorm: number,
  step: number,
  gradients: ReadonlyMap<string, Float32Array>,
  model: Pick<TrainableModel, 'groupOf'>,
  blame: Blame,
): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  const first = [...gradients].find(([, values]) => !values.every(Number.isFinite))?.[0];
  // Each value may be finite, and the sum of their squares not.
  const where =
    first === undefined ? '' : ` The first gradient that is not finite: ${first} (${model.groupOf(first)}).`;
  const what = Number.isFinite(loss) ? `gradient norm is ${gradNorm}` : `loss is ${loss}`;
  throw fault(`The ${what} at step ${step}.${where}`, blame);
}

/** Throws `non-finite-loss` unless the validation loss after `step` is finite. */
export function checkEvaluation(loss: number, step: number, blame: Blame): void {
  if (Number.isFinite(loss)) return;
  if (step > 0) throw fault(`The validation loss is ${loss} at step ${step}.`, blame);
  throw new RankwiseError('non-finite-loss', `The validation loss is ${loss} before the first step.`, {
    kind: 'runtime',
    field: 'model.path',
    hint: `The model itself gives it, so no setting of the training helps: its weights, or those of an adapter that is gone on from, have NaN or infinities${blame.dtype === 'float32' ? '' : `, or ${blame.dtype} is too narrow for them: try model.dtype: float32`}. \`rankwise spectrum MODEL\` names the matrices.`,
  });
}

/** Throws `non-finite-loss` unless what goes to disk can be gone on from: an update itself may have left the range of float32. */
export function checkTrainable(model: Pick<TrainableModel, 'trainable'>, step: number, blame: Blame): void {
  for (const [name, { data }] of model.trainable) {
    const bad = data.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw fault(`The value in ${name} is ${bad} at step ${step}.`, blame);
  }
}

function fault(message: string, { settings, dtype }: Blame): RankwiseError {
  const { optimizer, scheduler, max_grad_norm } = settings;
  const ways = [
    `Lower training.optimizer.learning_rate (now ${optimizer.learning_rate})`,
    ...(scheduler.warmup_steps || scheduler.warmup_ratio ? [] : ['add warm-up']),
    ...(max_grad_norm === null ? ['clip with training.max_grad_norm: 1.0'] : []),
    ...(dtype === 'float32' ? [] : [`hold the weights with model.dtype: float32 (now ${dtype})`]),
  ];
  return new RankwiseError('non-finite-loss', message, {
    kind: 'runtime',
    field: 'training.optimizer.learning_rate',
    hint: `${eitherOf(ways)}, in a new run. Any checkpoint is from before that; a resume repeats the same numbers unless something else has changed.`,
  });
}
