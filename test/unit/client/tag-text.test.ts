import { expect, test } from 'vitest';
import { newTags, tagChange, tagsOf } from '../../../client/tag-text.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const tagged = (...tags: string[]) => ({ labels: { tags } }) as RunRecord;
const records = [tagged('night', 'v1'), tagged('night'), {} as RunRecord];

test('tags that only some runs have stay as they are where they are not chosen', () => {
  const had = tagsOf(records);
  expect(had).toEqual(
    new Map([
      ['night', 2],
      ['v1', 1],
    ]),
  );
  expect(tagChange(had, 3, [])).toBeUndefined();
  expect(tagChange(had, 3, ['night', 'new'])).toEqual({ addTags: ['night', 'new'], removeTags: [] });
});

test('a tag that all had and that is not chosen any more is taken away', () => {
  expect(tagChange(tagsOf([tagged('night', 'v1')]), 1, ['v1'])).toEqual({ addTags: [], removeTags: ['night'] });
});

test('what is typed is as many new tags as it has parts', () => {
  expect(newTags(' #night, v2,, V2 ', ['v1'])).toEqual({ tags: ['night', 'v2'] });
  expect(newTags('V1', ['v1'])).toEqual({ tags: [] });
  expect(newTags(`v2, ${'x'.repeat(41)}`, []).fault).toMatch(/^#x+ must be 1 to 40 characters/);
});
