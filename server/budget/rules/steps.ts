import type { Finding } from '../finding.ts';
import type { Rule } from './rule.ts';

/** Fields of the schedule that exclude each other. */
export const scheduleConflict: Rule = {
  codes: ['warmup-twice', 'warmup-too-long', 'early-stopping-without-validation'],
  severity: 'error',
  check({ recipe }) {
    const { scheduler, max_steps: steps, early_stopping: stop } = recipe.training;
    const findings: Finding[] = [];
    if (scheduler.warmup_ratio !== undefined && scheduler.warmup_steps !== undefined) {
      const message = '`warmup_ratio` and `warmup_steps` say the same thing twice; keep one.';
      findings.push({ code: 'warmup-twice', message, path: 'training.scheduler.warmup_steps', onKey: true });
    }
    if (steps !== undefined && (scheduler.warmup_steps ?? 0) > steps) {
      const message = `Warm-up of ${scheduler.warmup_steps} steps does not end within \`max_steps\` ${steps}; lower it.`;
      findings.push({ code: 'warmup-too-long', message, path: 'training.scheduler.warmup_steps' });
    }
    if (stop && recipe.data && recipe.data.validation === undefined) {
      const message = '`early_stopping` needs `data.validation`: files, or a fraction such as `0.05`.';
      findings.push({
        code: 'early-stopping-without-validation',
        message,
        path: 'training.early_stopping',
        onKey: true,
      });
    }
    return findings;
  },
};

/** Fields that have no effect as the recipe stands. */
export const scheduleIdle: Rule = {
  codes: ['num-epochs-unused', 'eval-steps-unused', 'steps-beyond-end'],
  severity: 'warning',
  check({ recipe, document }) {
    const { max_steps: steps, eval_steps, save_steps } = recipe.training;
    const findings: Finding[] = [];
    if (steps !== undefined && document.has('training.num_epochs') && recipe.training.num_epochs !== defaultEpochs) {
      const message = '`max_steps` is given and goes before `num_epochs`; remove one of the two.';
      findings.push({ code: 'num-epochs-unused', message, path: 'training.num_epochs', onKey: true });
    }
    // Samples are written there all the same.
    const evaluates = recipe.data?.validation !== undefined || recipe.training.samples !== undefined;
    if (eval_steps !== undefined && recipe.data && !evaluates) {
      const message = '`eval_steps` has no effect without `data.validation`: add files, or a fraction such as `0.05`.';
      findings.push({ code: 'eval-steps-unused', message, path: 'training.eval_steps', onKey: true });
    }
    const intervals = [
      ['eval_steps', eval_steps, 'evaluation'],
      ['save_steps', save_steps, 'checkpoint'],
    ] as const;
    for (const [name, value, what] of intervals)
      if (steps !== undefined && value !== undefined && value > steps) {
        const message = `Training ends after ${steps} steps, before the first ${what} at step ${value}. The last step has one in any case.`;
        findings.push({ code: 'steps-beyond-end', message, path: `training.${name}` });
      }
    return findings;
  },
};

/** A resolved recipe spells defaults out; that is no contradiction. */
const defaultEpochs = 3;
