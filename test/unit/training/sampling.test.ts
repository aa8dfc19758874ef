import { expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { chooseToken, type Sampling } from '../../../server/training/sampling.ts';

const usual: Sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
/** Probabilities 0.5, 0.3, 0.15, 0.05 of the tokens 2, 0, 3, 1. */
const logits = () => Float32Array.from([0.3, 0.05, 0.5, 0.15], Math.log);

/** Draws 4000 times; never a token without a share. */
function expectShares(sampling: Partial<Sampling>, expected: number[]): void {
  const random = Random.seeded(7);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) counts[chooseToken(logits(), [], { ...usual, ...sampling }, random)]!++;
  for (const [id, share] of expected.entries()) {
    if (share === 0) expect(counts[id], `token ${id}`).toBe(0);
    else expect(Math.abs(counts[id]! / 4000 - share), `token ${id}`).toBeLessThan(0.02);
  }
}

test('temperature 0 takes the likeliest token, others draw by probability', () => {
  expectShares({ temperature: 0 }, [0, 0, 1, 0]);
  expectShares({}, [0.3, 0.05, 0.5, 0.15]);
  // p² / Σ p²: 0.25, 0.09, 0.0225, 0.0025 of 0.365.
  expectShares({ temperature: 0.5 }, [0.247, 0.007, 0.685, 0.062]);
  expectShares({ temperature: 1e-6 }, [0, 0, 1, 0]);
});

test('top-k keeps k tokens, and those that equal the last of them', () => {
  expectShares({ topK: 2 }, [0.375, 0, 0.625, 0]);
  const random = Random.seeded(3);
  const equal = () => chooseToken(Float32Array.of(1, 1, 1, 0), [], { ...usual, topK: 1 }, random);
  expect(new Set(Array.from({ length: 50 }, equal))).toEqual(new Set([0, 1, 2]));
});

test('top-p keeps the fewest tokens that reach it, at least one, after temperature and top-k', () => {
  expectShares({ topP: 0.79 }, [0.375, 0, 0.625, 0]);
  expectShares({ topP: 0.81 }, [0.316, 0, 0.526, 0.158]);
  expectShares({ topP: 0.01 }, [0, 0, 1, 0]);
  // Of the two that top-k leaves, the first has 0.625.
  expectShares({ topK: 2, topP: 0.6 }, [0, 0, 1, 0]);
});

test('a repetition penalty makes tokens of the text unlikelier, whatever the sign of their logits', () => {
  const choose = (values: number[], ids: number[]) =>
    chooseToken(Float32Array.from(values), ids, { ...usual, temperature: 0, repetitionPenalty: 2 }, Random.seeded(1));
  expect(choose([3, 2], [0])).toBe(1);
  expect(choose([-2, -3], [0, 0])).toBe(1);
  expect(choose([5, 2], [0])).toBe(0);
});
