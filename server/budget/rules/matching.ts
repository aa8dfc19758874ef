import type { Rule } from './rule.ts';

/** Targets, exclusions, patterns and saved modules that match nothing, match the wrong thing, or cannot be run. */
export const matching: Rule = {
  codes: [
    'target-matches-nothing',
    'target-not-linear',
    'target-invalid',
    'target-unsupported',
    'target-too-slow',
    'targets-needed',
    'exclude-matches-nothing',
    'pattern-matches-nothing',
    'modules-to-save-matches-nothing',
    'claimed-twice',
    'no-biases',
  ],
  severity: 'error',
  check: ({ counted }) => [...(counted?.matching ?? [])],
};
