import { bytes, count } from '../../base/units.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from './rule.ts';

/** More adapter parameters or more memory than the recipe allows itself. */
export const limits: Rule = {
  codes: ['budget-exceeded'],
  severity: 'error',
  check({ counted }) {
    if (!counted) return [];
    const { estimate, limits } = counted;
    const findings: Finding[] = [];
    const code = 'budget-exceeded';
    if (limits.trainable !== undefined && estimate.adapterParameters > limits.trainable) {
      const over = estimate.adapterParameters - limits.trainable;
      const message = `The adapters have ${count(estimate.adapterParameters)} parameters, ${count(over)} more than the budget of ${count(limits.trainable)}. Lower the rank, use \`rank: auto\`, or adapt fewer modules.`;
      findings.push({ code, message, path: 'budget.trainable' });
    }
    if (limits.memory !== undefined && estimate.memory.expected > limits.memory) {
      const message = `Training needs about ${bytes(estimate.memory.expected)} (${bytes(estimate.memory.low)} to ${bytes(estimate.memory.high)}), more than the budget of ${bytes(limits.memory)}. Lower \`training.batch_size\` or \`data.max_length\`.`;
      findings.push({ code, message, path: 'budget.memory' });
    }
    return findings;
  },
};
