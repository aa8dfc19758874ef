import { classOf, taskOfClass, writesText } from '../../architectures/tasks.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from './rule.ts';

/** The checkpoint was made for another task than the recipe's: its head does not fit. */
export const task: Rule = {
  codes: ['task-mismatch', 'num-labels-unused'],
  severity: 'warning',
  check({ recipe, world, document }) {
    const findings: Finding[] = [];
    const { task: chosen, num_labels: labels } = recipe.model;
    const config = world.model?.config ?? {};
    const made = taskOfClass(config);
    if (made !== undefined && made !== chosen && !(chosen === 'regression' && made === 'sequence-classification'))
      findings.push({
        code: 'task-mismatch',
        message: `The checkpoint is a ${classOf(config)}; for \`${chosen}\` its head is replaced by a new one. Write \`task: ${made}\` to keep it.`,
        path: 'model.task',
        // A language model is what most classifiers start from.
        ...(made === 'causal-lm' && { severity: 'information' as const }),
        ...(document.has('model.task') && { replace: [{ title: `Replace with ${made}`, text: made }] }),
      });
    if (labels !== undefined && writesText(chosen))
      findings.push({
        code: 'num-labels-unused',
        message: `\`num_labels\` has no meaning for \`${chosen}\`; remove it, or set the task.`,
        path: 'model.num_labels',
      });
    return findings;
  },
};

/** A head that regression has no loss for. */
export const regressionLabels: Rule = {
  codes: ['regression-labels'],
  severity: 'error',
  check({ recipe: { model } }) {
    const { task: chosen, num_labels: labels = 1 } = model;
    if (chosen !== 'regression' || labels === 1) return [];
    const message = `\`regression\` predicts one number for a text. Remove \`num_labels\`, or write \`task: sequence-classification\` for ${labels} classes.`;
    return [{ code: 'regression-labels', message, path: 'model.num_labels' }];
  },
};
