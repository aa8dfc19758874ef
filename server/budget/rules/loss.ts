import { taskHead } from '../../architectures/modules.ts';
import { writesText } from '../../architectures/tasks.ts';
import type { Recipe } from '../../recipe/types.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from './rule.ts';

/** Settings of training, the tasks that they mean something for, and why not for others. */
const settings: readonly { name: string; used(recipe: Recipe): boolean; fits(task: string): boolean; why: string }[] = [
  {
    name: 'class_weights',
    used: (r) => r.training.class_weights !== undefined,
    fits: (task) => task.endsWith('-classification'),
    why: 'only classification has classes',
  },
  {
    name: 'label_smoothing',
    used: (r) => r.training.label_smoothing > 0,
    fits: (task) => task !== 'regression',
    why: 'a number has no other classes to spread it over',
  },
  {
    name: 'neftune_alpha',
    used: (r) => r.training.neftune_alpha !== undefined,
    fits: (task) => task !== 'image-classification',
    why: 'images have no token embeddings',
  },
  {
    name: 'samples',
    used: (r) => r.training.samples !== undefined,
    fits: writesText,
    why: 'its models write no text',
  },
];

/** What softens the training loss, and what is written beside it, fits the task and the head. */
export const loss: Rule = {
  codes: ['setting-not-for-task', 'class-weights-count'],
  severity: 'error',
  check({ recipe, counted }) {
    const { task } = recipe.model;
    const findings: Finding[] = settings
      .filter(({ used, fits }) => used(recipe) && !fits(task))
      .map(({ name, why }) => ({
        code: 'setting-not-for-task',
        message: `\`${name}\` is not for \`${task}\`: ${why}. Remove it.`,
        path: `training.${name}`,
        onKey: true,
      }));
    const { class_weights: weights } = recipe.training;
    const classes = counted && taskHead(counted.table)?.m;
    if (Array.isArray(weights) && findings.length === 0 && classes !== undefined && weights.length !== classes)
      findings.push({
        code: 'class-weights-count',
        message: `\`class_weights\` has ${weights.length} ${weights.length === 1 ? 'weight' : 'weights'}, the model ${classes} classes. Give one a class, or write \`balanced\`.`,
        path: 'training.class_weights',
      });
    return findings;
  },
};
