import { taskHead } from '../../architectures/modules.ts';
import { RankwiseError } from '../../base/errors.ts';
import { metricOf, nearestMetric } from '../../metrics/metrics.ts';
import { clip } from '../../recipe/findings.ts';
import type { Finding } from '../finding.ts';
import { sentence } from './model.ts';
import type { Rule } from './rule.ts';

/** What `training.metric` names is measured for the task, and on something. */
export const metric: Rule = {
  codes: ['unknown-metric', 'metric-without-validation'],
  severity: 'error',
  check({ recipe, counted }) {
    const { metric: name } = recipe.training;
    if (name === undefined) return [];
    const { task } = recipe.model;
    const head = counted && taskHead(counted.table)?.m;
    const findings: Finding[] = [];
    try {
      metricOf(name, task, head);
    } catch (error) {
      if (!(error instanceof RankwiseError)) throw error;
      const near = nearestMetric(name, task, head);
      const replace = near === undefined ? {} : { replace: [{ title: `Replace with ${near}`, text: near }] };
      const message = sentence(error.toJSON()).replace(name, clip(name));
      findings.push({ code: error.code, message, path: 'training.metric', ...replace });
    }
    if (recipe.data && recipe.data.validation === undefined) {
      const message = '`metric` needs `data.validation`: files, or a fraction such as `0.05`.';
      findings.push({ code: 'metric-without-validation', message, path: 'training.metric', onKey: true });
    }
    return findings;
  },
};
