/** What saved adapters learned, as the job `spectrum` tells it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { decodeFloats } from '../../../../server/base/floats.ts';
import { openFactors } from '../../../../server/factors/index.ts';
import { spectrum } from '../../../../server/jobs/spectrum.ts';
import type { LearnedPart, SpectrumItem, SpectrumOf } from '../../../../server/protocol/spectrum.ts';
import { jacobi } from '../../factors/jacobi.ts';
import { fixture, tiny } from '../../models/tiny.ts';

async function told(trace: string, of: SpectrumOf = 'merged') {
  const linalg = jacobi();
  const items: SpectrumItem[] = [];
  const adapter = fixture('traces', 'llama', trace, 'adapter_after');
  const engine = { start: async () => linalg, version: () => linalg.version };
  await spectrum(
    { model: tiny('llama'), adapter, of: [of], changes: false },
    { item: (item) => items.push(item), signal: new AbortController().signal },
    (options) => openFactors({ ...options, engine }),
  );
  const [list] = items.filter((item) => item.type === 'matrices');
  const announced = list!.matrices.filter(({ learns }) => learns).map(({ name }) => name);
  const learned = items.filter((item) => item.type === 'learned');
  return { learned, announced, adapter };
}

const valuesOf = ({ values }: LearnedPart) => decodeFloats(values);

test('adalora: E of the triplets that are left, and how many these are', async () => {
  const { learned, announced, adapter } = await told('adalora_noreg');
  expect(learned.map(({ matrix }) => matrix).sort()).toEqual(announced.sort());
  const { rank_pattern } = JSON.parse(readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8'));
  const ranks = learned.map(({ matrix, rank }) => [matrix, rank]);
  const live = (mask: boolean[]) => mask.filter((left) => left).length;
  expect(ranks).toEqual(ranks.map(([matrix]) => [matrix, live(rank_pattern[`${matrix}.lora_E`])]));
  expect(ranks.map(([, rank]) => rank)).toContain(0);
  for (const { rank, parts } of learned) expect(valuesOf(parts[0]!)).toHaveLength(rank!);
});

test('vera, ia3 and dora: vectors of inputs and outputs', async () => {
  const titles = async (trace: string) => (await told(trace)).learned[0]!.parts.map(({ title }) => title);
  expect(await titles('vera')).toEqual(['b', 'd']);
  expect(await titles('ia3')).toEqual(['l']);
  const { learned } = await told('dora');
  const [ratio] = learned[0]!.parts;
  expect(ratio!.title).toBe('magnitude / ‖W‖');
  // Few steps: near 1, and not 1.
  expect(ratio!.distance).toBeGreaterThan(0);
  expect(Math.max(Math.abs(ratio!.high - 1), Math.abs(ratio!.low - 1))).toBeLessThan(0.5);
});

test('lora has nothing that the update does not say; of the base alone nothing is told', async () => {
  expect(await told('lora')).toMatchObject({ learned: [], announced: [] });
  expect((await told('vera', 'base')).learned).toEqual([]);
});
