import path from 'node:path';
import { expect, test } from 'vitest';
import { demandWritable } from '../../../../server/cli/spectrum/csv.ts';
import { temporaryFolder } from '../../daemon/helpers.ts';

const root = temporaryFolder();

test('a file that cannot be made is said before anything is computed', () => {
  expect(() => demandWritable(path.join(root(), 'values.csv'))).not.toThrow();
  expect(() => demandWritable(root())).toThrow(/it is a folder/);
  expect(() => demandWritable(path.join(root(), 'nowhere', 'values.csv'))).toThrow(/its folder does not exist/);
});
