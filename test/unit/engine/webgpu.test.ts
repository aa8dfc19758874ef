import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, test } from 'vitest';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import { agrees, CASES } from './cases/index.ts';
import type { StepFunction } from '../../../server/engine/types.ts';

const fallbacks: string[] = [];
let now = '';
const compiled = (step: StepFunction, inputs: Record<string, tf.Tensor>) => {
  const executable = compileStep(step, inputs);
  if ((executable as any).session.fallback) console.log('FALLBACK', now, [...new Set((executable as any).recorded.graph.nodes.map((n: any) => n.op))].join(' '));
  try {
    return executable.run(inputs);
  } finally {
    executable.dispose();
  }
};
beforeAll(async () => {
  await startEngine({ threads: 2, backend: 'webgpu' });
});
describe('recorded ops', () => {
  test.each(CASES)('$name', (each) => { now = each.name; agrees(each, undefined, compiled)});
});
