import { expect, test } from 'vitest';
import { compareVersions } from '../../../server/wire/version.ts';

test.each([
  ['0.1.0', '0.1.0', 0],
  ['0.1.9', '0.1.10', -1],
  ['1.0.0', '0.9.9', 1],
  ['0.2', '0.2.0', 0],
])('%s against %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
