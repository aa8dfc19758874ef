import { beforeAll, describe, test } from 'vitest';
import { BACKENDS, useBackend } from './backends.ts';
import { agrees, CASES } from './cases/index.ts';

describe.each(BACKENDS)('ops on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(CASES)('$name agrees with float64 and its gradients with finite differences', (each) => agrees(each));
});
