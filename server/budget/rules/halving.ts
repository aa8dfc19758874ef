import type { Rule } from './rule.ts';

/** Points are compared on validation data. */
export const halving: Rule = {
  codes: ['halving-without-validation'],
  severity: 'error',
  check({ recipe: { sweep, data } }) {
    if (sweep?.halving === undefined || !data || data.validation !== undefined) return [];
    const message =
      '`halving` compares the points on `data.validation`, which is missing: name files, or a fraction such as `0.05`.';
    return [{ code: 'halving-without-validation', message, path: 'sweep.halving', onKey: true }];
  },
};

/** A sweep of so few points that none of them is ended. */
export const halvingIdle: Rule = {
  codes: ['halving-idle'],
  severity: 'warning',
  check({ recipe: { sweep } }) {
    if (sweep?.halving === undefined) return [];
    const grid = Object.values(sweep.grid).reduce((product, values) => product * values.length, 1);
    const points = Math.min(grid, sweep.random ?? grid);
    if (points >= sweep.halving) return [];
    const message = `\`halving: ${sweep.halving}\` ends nothing: it needs ${sweep.halving} points, and there ${points === 1 ? 'is one' : `are ${points}`}. Add values, or lower it.`;
    return [{ code: 'halving-idle', message, path: 'sweep.halving' }];
  },
};
