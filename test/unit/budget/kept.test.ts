/** What is kept from keystroke to keystroke is what would be found anew. */
import { expect, test } from 'vitest';
import { analyse } from '../../../server/budget/analyse.ts';
import { keeper } from '../../../server/budget/kept.ts';
import { parse } from '../recipe/harness.ts';
import { recipeText, worldOf } from './harness.ts';

const entries = [
  '{ method: lora, rank: 8 }',
  '{ method: lora, rank: 16 }',
  '{ method: lora, rank: 8, rank_pattern: { q_proj: 4 } }',
  '{ method: lora, rank: 8, rank_pattern: { nothing: 4 } }',
  '{ method: lora, rank: 8, exclude_modules: [v_proj] }',
  '{ method: lora, target_modules: [q_proj] }, { method: dora, target_modules: [q_proj, v_proj], rank: 4 }',
  '{ method: dora, target_modules: [q_proj, v_proj], rank: 4 }',
  '{ method: lora, rank: 8, modules_to_save: [q_proj] }',
  '{ method: lora, rank: 8 }',
];

test('recipes in turn are judged as each by itself', () => {
  const llama = 'llama-3-8b';
  const kept = worldOf(llama);
  for (const entry of [...entries, ...entries]) {
    const text = recipeText(llama, entry);
    const alone = analyse(parse(text), { ...kept, model: { ...kept.model!, table: { ...kept.model!.table } } });
    expect(analyse(parse(text), kept)).toEqual(alone);
  }
});

test('the values not asked for the longest are forgotten, and those that may not be kept are made again', () => {
  const keep = keeper<number>((value) => value >= 0);
  const of = {};
  let made = 0;
  const ask = (key: string, value = 1) =>
    keep(of, key, () => {
      made++;
      return value;
    });
  ask('first');
  ask('first');
  expect(made).toBe(1);
  for (let i = 0; i < 64; i++) ask(`other ${i}`);
  ask('first');
  expect(made).toBe(66);
  ask('bad', -1);
  ask('bad', -1);
  expect(made).toBe(68);
});
