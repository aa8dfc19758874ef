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

/** Fields of a saved adapter's configuration that a later PEFT has written: kept, and without effect here. */
export const unknownAdapterFields: Rule = {
  codes: ['unknown-adapter-field'],
  severity: 'warning',
  check: ({ recipe, world }) =>
    recipe.adapters.flatMap(({ path }, i) => {
      const saved = path === undefined ? undefined : world.savedAdapters?.[path];
      if (!saved || 'error' in saved || !saved.unknown) return [];
      const names = saved.unknown.map((name) => `\`${name}\``).join(', ');
      const message = `The adapter's configuration has fields that PEFT 0.21 does not: ${names}. They have no effect here and are written back.`;
      return [{ code: 'unknown-adapter-field', message, path: `adapters.${i}.path` }];
    }),
};
