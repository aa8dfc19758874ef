/** The examples do what their READMEs say; the quickstart's is run by the tests of the editor. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const examples = path.join(rig.root, 'examples');
cpSync(path.join(import.meta.dirname, '../../../examples'), examples, { recursive: true });

test('classification: LoRA-XS and a new head tell the topics of questions that they have not seen', async () => {
  const { finished } = await rig.finish('run', path.join(examples, 'classification/topics.peft'));
  const { base, adapted, trainableParameters } = finished.result;
  expect(base!.metrics.accuracy).toBeLessThan(0.4);
  expect(adapted!.metrics.accuracy).toBeGreaterThan(0.95);
  expect(trainableParameters).toBe(28 * 16 ** 2 + 5 * 160);
});

test('images: LoRA and a new head tell shapes in pictures that they have not seen', async () => {
  const { finished } = await rig.finish('run', path.join(examples, 'images/shapes.peft'));
  const { base, adapted } = finished.result;
  expect(base!.metrics.accuracy).toBeLessThan(0.5);
  expect(adapted!.metrics.accuracy).toBeGreaterThan(0.85);
});
