import { expect, test } from 'vitest';
import type { Range } from '../../../server/protocol/diagnostics.ts';
import type { RecipeDocument } from '../../../server/recipe/types.ts';
import { minimal, parse } from './harness.ts';

const text = minimal(`    target_modules: [q_proj, v_proj]
    rank_pattern: { "layer.0.query": 4 }
training:
  optimizer: { learning_rate: 1e-3 }
`);
const document = parse(text);
const at = (d: RecipeDocument, range: Range | undefined): string | undefined =>
  range && d.text.slice(d.offsetOf(range.start), d.offsetOf(range.end));

test('ranges of values and keys, by text or by keys', () => {
  expect(at(document, document.rangeOf('adapters.0.target_modules.1'))).toBe('v_proj');
  expect(at(document, document.rangeOf(['training', 'optimizer', 'learning_rate']))).toBe('1e-3');
  expect(at(document, document.keyRangeOf('training.optimizer'))).toBe('optimizer');
  expect(at(document, document.keyRangeOf(['adapters', 0, 'rank_pattern', 'layer.0.query']))).toBe('"layer.0.query"');
  expect(document.rangeOf('adapters.0.rank')).toBeUndefined();
  expect(document.has('adapters.0.rank')).toBe(false);
});

test('a field that is not there is shown at what holds it', () => {
  expect(at(document, document.anchorOf('adapters.0.rank'))).toBe('lora');
  expect(at(document, document.anchorOf('training.seed'))).toBe('training');
  expect(at(document, document.anchorOf('data.train'))).toBe('version:');
});

test.each([
  ['learning_rate', 'training.optimizer.learning_rate', 'key'],
  ['1e-3', 'training.optimizer.learning_rate', 'value'],
  ['v_proj', 'adapters.0.target_modules.1', 'value'],
  ['base', 'model.path', 'value'],
  ['layer.0.query', 'adapters.0.rank_pattern.layer.0.query', 'key'],
] as const)('the field at %s', (word, path, on) => {
  const hit = document.valueAt(text.indexOf(word) + 1)!;
  expect({ path: hit.path, on: hit.on }).toEqual({ path, on });
  expect(hit.field?.doc).toMatch(/\w/);
});

test('a field of a method brings that method’s words', () => {
  const found = parse(minimal('    use_rslora: true\n'));
  expect(found.valueAt(found.text.indexOf('use_rslora'))?.field?.doc).toContain('rank-stabilized');
});

test('positions count UTF-16 code units, lines end as editors end them', () => {
  const odd = parse('version: 1\r\nname: "😀b"\rmodel: {path: x}\nadapters: [{method: lora}]\n');
  expect(odd.diagnostics).toEqual([]);
  expect(odd.rangeOf('name')).toEqual({ start: { line: 1, character: 6 }, end: { line: 1, character: 11 } });
  expect(odd.rangeOf('model.path')?.start).toEqual({ line: 2, character: 14 });
});

test('blank space holds no field', () => {
  expect(parse(`# a recipe\n${minimal()}`).valueAt(2)).toBeUndefined();
});
