/** cos and sin at position 99 of transformers 5.18's LlamaRotaryEmbedding, head size 16, for each kind of context extension. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ropeConfig } from '../../../server/architectures/rope.ts';
import { ropeTables } from '../../../server/models/rope.ts';

interface Case {
  config: { max_position_embeddings: number };
  cos: number[];
  sin: number[];
}
const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL('../../fixtures/rope.json', import.meta.url), 'utf8'),
);

describe.each(Object.entries(cases))('rotary tables, %s', (_name, { config, cos, sin }) => {
  const tables = ropeTables(ropeConfig(config, config.max_position_embeddings), 16, 100);
  it.each([
    ['cos', tables.cos, cos],
    ['sin', tables.sin, sin],
  ])('%s equals transformers', (_which, ours, theirs) => {
    const row = ours.subarray(99 * 8, 100 * 8);
    for (const [i, value] of theirs.entries()) expect(row[i]).toBeCloseTo(value, 5);
  });
});
