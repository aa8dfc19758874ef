import { ropeReach } from '../../architectures/rope.ts';
import type { Rule } from './rule.ts';

/** Texts of a packed row must come out as they would alone. */
export const packing: Rule = {
  codes: ['packing-unsupported'],
  severity: 'error',
  check({ recipe, world }) {
    if (!recipe.data?.packing) return [];
    const { task } = recipe.model;
    const finding = (message: string, path: string) => [{ code: 'packing-unsupported', message, path }];
    if (task !== 'causal-lm')
      return finding(
        `Only \`causal-lm\` can keep several texts of a row apart: with \`${task}\` remove \`packing\`.`,
        'data.packing',
      );
    const reach = world.model && ropeReach(world.model.config ?? {});
    if (reach === undefined || recipe.data.max_length <= reach) return [];
    const message =
      `Rows longer than ${reach} tokens change how this model counts positions, so that texts in a packed row would not be what they ` +
      `are alone. Set \`max_length\` to at most ${reach}, or remove \`packing\`.`;
    return finding(message, 'data.max_length');
  },
};
