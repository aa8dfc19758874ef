import { beforeAll, describe, test } from 'vitest';
import { eagerStep } from '../../../server/engine/index.ts';
import { BACKENDS, useBackend } from './backends.ts';
import { agrees, CASES, type RunStep } from './cases/index.ts';

/** With the rules of a step that can be recorded: no value read back, no random number drawn. */
const guarded: RunStep = (step, inputs) => eagerStep(step).run(inputs);

describe.each(BACKENDS)('ops on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(CASES)('$name agrees with float64 and its gradients with finite differences', (each) =>
    agrees(each, undefined, guarded),
  );
});
