/** A model with a decoder of its own writes what transformers writes with it (test/interop/t5_fixtures.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { bucketedStep, startEngine } from '../../../server/engine/index.ts';
import { assembleFolder } from '../../../server/training/assemble-recipe.ts';
import { chooseToken } from '../../../server/training/sampling.ts';
import { TargetDecoder } from '../../../server/training/target-decoder.ts';
import { tiny } from '../models/tiny.ts';

beforeAll(() => startEngine());

test.each(['t5', 't5-gated'])('%s', async (name) => {
  const told = JSON.parse(readFileSync(path.join(tiny(name), 'written.json'), 'utf8'));
  const model = await assembleFolder(tiny(name));
  const { target, padTokenId, trainable } = model;
  const steps = { encode: bucketedStep(target!.encode), write: bucketedStep(target!.write) };
  const decoder = new TargetDecoder(steps, padTokenId, trainable);
  const greedy = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: told.penalty };
  const write = (source: number[]) => {
    decoder.readSource(source);
    const ids = [target!.startTokenId];
    while (ids.length < told.ids.length)
      ids.push(chooseToken(decoder.next(ids), ids, greedy, Random.seeded(0, 'text')));
    return ids;
  };
  expect(write(told.source)).toEqual(told.ids);
  expect(write([7, 8, 9, 1])).not.toEqual(told.ids);
  expect(write(told.source)).toEqual(told.ids);
  decoder.dispose();
  model.dispose();
});
