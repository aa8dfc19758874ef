/** What the two halves of a method say of its other forms is the same: a plain LoRA of its rank, a sum of its own. */
import { expect, test } from 'vitest';
import { tensorHalves } from '../../../server/adapters/registry.ts';
import type { MatrixAdapter } from '../../../server/adapters/types.ts';
import { type MethodId, methods } from '../../../server/methods/registry.ts';
import type { Method } from '../../../server/methods/types.ts';

test.each(Object.keys(methods) as MethodId[])('%s', (id) => {
  const method: Method = methods[id];
  const half = tensorHalves[id] as Partial<MatrixAdapter>;
  expect(method.plainRank !== undefined).toBe(half.plain !== undefined);
  expect(method.summed !== undefined).toBe(half.sum !== undefined);
});
