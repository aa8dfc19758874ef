import { sentence } from './model.ts';
import type { Rule } from './rule.ts';

/** Entries with a `path` whose adapter cannot be read. The code is that of the fault. */
export const savedAdapter: Rule = {
  codes: [],
  severity: 'error',
  check: ({ recipe, world }) =>
    recipe.adapters.flatMap(({ path }, i) => {
      const saved = path === undefined ? undefined : world.savedAdapters?.[path];
      if (!saved || !('error' in saved)) return [];
      return [{ code: saved.error.code, message: sentence(saved.error), path: `adapters.${i}.path` }];
    }),
};
