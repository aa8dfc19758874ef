import type { Rule } from './rule.ts';

/** A target that some layers have and others lack: fine where it is meant, silent elsewhere. */
export const coverage: Rule = {
  codes: ['partial-coverage'],
  severity: 'information',
  check: ({ counted }) =>
    (counted?.coverage ?? [])
      // An expression with a number names its layers on purpose.
      .filter(({ layers, ofLayers, pattern }) => layers > 0 && layers < ofLayers && !/\d/.test(pattern))
      .map(({ field, pattern, layers, ofLayers }) => ({
        code: 'partial-coverage',
        message: `\`${pattern}\` matches in ${layers} of ${ofLayers} layers; the others stay as they are.`,
        path: field,
      })),
};
