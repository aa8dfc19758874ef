import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import type { Diagnostic } from '../../../server/protocol/diagnostics.ts';
import type { RecipeDocument } from '../../../server/recipe/types.ts';
import { codes, minimal, parse } from './harness.ts';

/** Processor milliseconds of this process, so that a busy machine does not matter. */
function timed(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

test('an alias bomb is read in no time', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`);
  const bomb = `a0: &a0 [x, x]\n${levels.join('\n')}\nadapters: *a30\n`;
  parse(bomb);
  expect(timed(() => parse(bomb))).toBeLessThan(100);
  expect(parse(bomb).diagnostics.length).toBeLessThanOrEqual(200);
});

test('aliases that repeat a long list stop at a bound', () => {
  const list = Array.from({ length: 2000 }, (_, i) => `m${i}`).join(', ');
  const text = `version: 1\nmodel: {path: x}\nadapters:\n- &e {method: lora, target_modules: [${list}]}\n${'- *e\n'.repeat(90)}`;
  expect(timed(() => expect(codes(text)).toContain('recipe-too-large'))).toBeLessThan(3000);
});

test('lists, patterns and adapters beyond what a model can have are refused', () => {
  const many = (n: number, item: (i: number) => string) => Array.from({ length: n }, (_, i) => item(i)).join(', ');
  expect(codes(minimal(`    target_modules: [${many(2001, (i) => `m${i}`)}]\n`))).toEqual(['too-many-items']);
  expect(codes(minimal(`    rank_pattern: {${many(2001, (i) => `m${i}: 1`)}}\n`))).toEqual(['too-many-items']);
  expect(codes(`version: 1\nmodel: {path: x}\nadapters: [${many(101, () => '{method: lora}')}]`)).toEqual([
    'too-many-items',
  ]);
});

test('an alias inside its own anchor', () => {
  expect(codes('&a {version: 1, model: *a, adapters: [{method: lora}]}')).toContain('unknown-key');
});

test('5 MB are refused at once', () => {
  const text = minimal(`# ${'x'.repeat(5 * 2 ** 20)}\n`);
  expect(timed(() => expect(codes(text)).toEqual(['recipe-too-large']))).toBeLessThan(2000);
});

test.each(['[', '{a: ', '- ', '? ', '[{', '"', "'", '&a ', '*a ', '!!x ', ': ', '|', '\t', ',', 'a: b: '])(
  'deep or endless %j',
  (unit) => {
    const text = unit.repeat(60_000 / unit.length);
    expect(timed(() => expect(parse(text).diagnostics.length).toBeLessThanOrEqual(200))).toBeLessThan(2000);
  },
);

test('control characters are named, each at its place', () => {
  const document = parse(minimal('name: a\0b\n'));
  expect(document.diagnostics.map((d) => [d.code, d.range.start])).toEqual([
    ['control-character', { line: 5, character: 7 }],
  ]);
  expect(document.diagnostics[0]!.message).toContain('U+0000');
});

test('keys that are also names of JavaScript', () => {
  expect(codes(minimal('__proto__: 1\nconstructor: 2\ntoString: 3\n'))).toEqual(Array(3).fill('unknown-key'));
  expect(codes(minimal().replace('lora', '__proto__'))).toEqual(['unknown-method']);
  const { recipe } = parse(minimal('    rank_pattern: {__proto__: 4}\n'));
  expect(Object.entries(recipe!.adapters[0]!.rank_pattern)).toEqual([['__proto__', 4]]);
});

test('at most 200 diagnostics, messages of bounded length', () => {
  const document = parse(minimal(Array.from({ length: 1000 }, (_, i) => `k${i}_${'x'.repeat(200)}: 1`).join('\n')));
  expect(document.diagnostics).toHaveLength(200);
  for (const { message } of document.diagnostics) expect(message.length).toBeLessThanOrEqual(600);
});

const seedText = minimal(`    rank: 25
    target_modules: [query, value]
    layers_to_transform: "4-11"
    rank_pattern: { "layer.0.query": 8 }
data: &d
  train: data/train.jsonl
  columns: { text: sentence, label: label }
training:
  optimizer: { name: adamw, learning_rate: 1.0e-3 }
  max_grad_norm: null
budget: { trainable: 100k, memory: 8GiB }
sweep: { "adapters.0.rank": [4, 8] }
`);
const pieces = [
  '\0',
  '\t',
  '\r',
  '\uD800',
  '\uFEFF',
  '&a ',
  '*d',
  '*a',
  '---\n',
  '...\n',
  '!!set',
  '%YAML 1.1\n',
  '<<: *d',
  '{',
  '}',
  '[',
  ']',
  ':',
  '- ',
  '|',
  '>',
  '"',
  "'",
  '#',
  ',',
  '? ',
  '\n',
  ' ',
  'é',
  '😀',
  '1e999',
  '.nan',
  '0x10',
  'null',
  '~',
];

test('3000 mutations: no throw, ranges inside the text, bounded time', () => {
  const random = Random.seeded(7, 'recipe');
  const faults: unknown[] = [];
  let slowest = 0;
  for (let i = 0; i < 3000; i++) {
    const text = mutate(seedText, random);
    const elapsed = timed(() => {
      const document = parse(text);
      for (const diagnostic of document.diagnostics) if (!sound(document, diagnostic)) faults.push(diagnostic);
      if ((document.recipe === undefined) !== document.diagnostics.length > 0) faults.push(text);
      document.valueAt(random.below(text.length + 1));
    });
    slowest = Math.max(slowest, elapsed);
  }
  expect(faults).toEqual([]);
  expect(slowest).toBeLessThan(1000);
});

function sound(document: RecipeDocument, { range: { start, end }, code, message }: Diagnostic): boolean {
  const inside = [start, end].every((p) => isDeepStrictEqual(document.positionOf(document.offsetOf(p)), p));
  return inside && document.offsetOf(start) <= document.offsetOf(end) && /^[a-z-]+$/.test(code) && message.length > 10;
}

/** One to four edits: insert, delete, double or swap a stretch. */
function mutate(text: string, random: Random): string {
  let result = text;
  for (let k = 1 + random.below(4); k > 0; k--) {
    const from = random.below(result.length + 1);
    const to = Math.min(result.length, from + random.below(12));
    const piece = pieces[random.below(pieces.length)]!;
    const stretch = result.slice(from, to);
    const put = [piece, '', stretch + stretch, [...stretch].reverse().join('')][random.below(4)]!;
    result = result.slice(0, from) + put + result.slice(to);
  }
  return result;
}
