import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { readForwardInput } from '../../../server/jobs/forward-input.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-forward-'));
const file = path.join(scratch, 'input.json');
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const limits = { vocabSize: 10, maxLength: 4, lengthLimited: true, tokenTypes: 2 };
const read = (content: unknown, more: Partial<typeof limits> = {}) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readForwardInput(file, { ...limits, ...more });
};

it('reads rows of ids, with a mask of ones where there is none', () => {
  const { input_ids, attention_mask, token_type_ids } = read({ input_ids: [[1, 9], [0, 2]], token_type_ids: [[0, 1], [1, 0]] }); // biome-ignore format: a table
  expect(input_ids.arraySync()).toEqual([[1, 9], [0, 2]]); // biome-ignore format: a table
  expect(attention_mask.arraySync()).toEqual([[1, 1], [1, 1]]); // biome-ignore format: a table
  expect(token_type_ids!.arraySync()).toEqual([[0, 1], [1, 0]]); // biome-ignore format: a table
  expect(input_ids.dtype).toBe('int32');
});

it('lets rotary models read rows longer than they were made for', () => {
  expect(read({ input_ids: [[1, 2, 3, 4, 5]] }, { lengthLimited: false }).input_ids.shape).toEqual([1, 5]);
});

const image = { channels: 1, height: 1, width: 2 };
const readImages = (content: unknown) => {
  writeFileSync(file, JSON.stringify(content));
  return readForwardInput(file, { ...limits, image });
};

it('reads images for a model of images', () => {
  const { pixel_values } = readImages({ pixel_values: [[[[0.5, -1]]], [[[1, 2]]]] });
  expect([pixel_values!.dtype, pixel_values!.arraySync()]).toEqual(['float32', [[[[0.5, -1]]], [[[1, 2]]]]]);
});

it.each<[string, unknown, string]>([
  ['no images', {}, 'pixel_values'],
  ['an empty list', { pixel_values: [] }, 'pixel_values'],
  ['another number of channels', { pixel_values: [[[[1, 2]], [[1, 2]]]] }, 'pixel_values[0]'],
  [
    'another height',
    {
      pixel_values: [
        [
          [
            [1, 2],
            [1, 2],
          ],
        ],
      ],
    },
    'pixel_values[0][0]',
  ],
  ['another width', { pixel_values: [[[[1]]]] }, 'pixel_values[0][0][0]'],
  ['a list too few', { pixel_values: [[[1]]] }, 'pixel_values[0][0][0]'],
  ['no number', { pixel_values: [[[[1, 'x']]]] }, 'pixel_values[0][0][0][1]'],
  ['a number past float32', { pixel_values: [[[[1e300, 1]]]] }, 'pixel_values[0][0][0][0]'],
  ['ids', { input_ids: [[1]] }, 'input_ids'],
])('refuses for a model of images, with the place: %s', (_what, content, field) => {
  const hint = expect.stringContaining('"pixel_values"');
  expect(() => readImages(content)).toThrow(expect.objectContaining({ code: 'bad-input', file, field, hint }));
});

describe('refuses, with the place', () => {
  it.each<[string, unknown, string | undefined]>([
    ['no JSON', '{"input_ids": [[1]', undefined],
    ['NUL bytes', '\0\0\0', undefined],
    ['a list', [1], undefined],
    ['no ids', {}, 'input_ids'],
    ['no rows', { input_ids: [] }, 'input_ids'],
    ['a flat list', { input_ids: [1, 2] }, 'input_ids[0]'],
    ['an empty row', { input_ids: [[]] }, 'input_ids[0]'],
    ['rows of two lengths', { input_ids: [[1, 2], [1]] }, 'input_ids[1]'],
    ['an id past the vocabulary', { input_ids: [[1, 10]] }, 'input_ids[0][1]'],
    ['a negative id', { input_ids: [[-1]] }, 'input_ids[0][0]'],
    ['a fraction', { input_ids: [[1.5]] }, 'input_ids[0][0]'],
    ['a string', { input_ids: [['1']] }, 'input_ids[0][0]'],
    ['rows past the position table', { input_ids: [[1, 1, 1, 1, 1]] }, 'input_ids'],
    ['a mask of another shape', { input_ids: [[1, 2]], attention_mask: [[1]] }, 'attention_mask'],
    ['a mask of other numbers', { input_ids: [[1]], attention_mask: [[2]] }, 'attention_mask[0][0]'],
    ['a token type past the table', { input_ids: [[1]], token_type_ids: [[2]] }, 'token_type_ids[0][0]'],
    ['a misspelt field', { input_id: [[1]] }, 'input_id'],
    ['inputs of other models', { input_ids: [[1]], pixel_values: [] }, 'pixel_values'],
  ])('%s', (_what, content, field) => {
    expect(() => read(content)).toThrow(expect.objectContaining({ code: 'bad-input', file, field }));
  });

  it('token types for a model without them', () => {
    const content = { input_ids: [[1]], token_type_ids: [[0]] };
    expect(() => read(content, { tokenTypes: 0 })).toThrow(expect.objectContaining({ field: 'token_type_ids' }));
  });

  it('a file that is not there', () => {
    const missing = path.join(scratch, 'missing.json');
    expect(() => readForwardInput(missing, limits)).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
