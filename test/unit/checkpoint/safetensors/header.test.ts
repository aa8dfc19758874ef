import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RankwiseError } from '../../../../server/base/errors.ts';
import { Random } from '../../../../server/base/random.ts';
import { headerLength, parseHeader } from '../../../../server/checkpoint/safetensors/header.ts';
import { fixture, safetensorsBytes } from './files.ts';

function parse(bytes: Uint8Array, fileSize = bytes.length) {
  const length = headerLength(bytes.subarray(0, 8), fileSize, 'm.safetensors');
  return parseHeader(bytes.subarray(8, 8 + length), fileSize, 'm.safetensors');
}

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: 'F32', shape, data_offsets });
const eight = new Uint8Array(8);

it('gives positions in the file, in the order of the data', () => {
  const bytes = safetensorsBytes({ b: f32([1], [4, 8]), a: f32([1], [0, 4]), __metadata__: { format: 'pt' } }, eight);
  const start = bytes.length - 8;
  const { tensors, metadata } = parse(bytes);
  expect([...tensors]).toEqual([
    ['a', { dtype: 'F32', shape: [1], start, end: start + 4 }],
    ['b', { dtype: 'F32', shape: [1], start: start + 4, end: start + 8 }],
  ]);
  expect(metadata).toEqual({ format: 'pt' });
});

it('takes scalars, empty tensors, escaped names and padding', () => {
  const header = `${JSON.stringify({ 'a"\\\n:{': f32([], [0, 4]), e: f32([3, 0], [4, 4]), __proto__x: f32([1], [4, 8]) })}   `;
  expect([...parse(safetensorsBytes(header, eight)).tensors.keys()]).toEqual(['a"\\\n:{', 'e', '__proto__x']);
});

describe('refuses', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /0 bytes long/],
    [
      'a header length of 2^60',
      safetensorsBytes('{}', eight, 2n ** 60n),
      /1152921504606846976 bytes; the format allows/,
    ],
    ['a header longer than the file', safetensorsBytes('{}', eight, 20_000n), /18 bytes long, its header needs 20008/],
    ['NUL bytes', safetensorsBytes('\0\0\0\0'), /JSON object/],
    [
      'objects in objects',
      safetensorsBytes({ w: { ...f32([2], [0, 8]), more: { a: 1 } } }, eight),
      /objects where the format has none/,
    ],
    ['NUL bytes after the object', safetensorsBytes('{}\0\0'), /valid JSON/],
    ['text that is not UTF-8', safetensorsBytes('{"\u00ff": 1}').map((b) => (b === 0xc3 ? 0xff : b)), /valid JSON/],
    ['another JSON value', safetensorsBytes('[1]'), /JSON object/],
    ['deep nesting', safetensorsBytes(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /nested/],
    ['a tensor that is no object', safetensorsBytes({ w: 3 }), /"w" must be described/],
    ['metadata that is no string', safetensorsBytes({ __metadata__: { step: 3 } }), /metadata "step"/],
    [
      'an unknown dtype',
      safetensorsBytes({ w: { ...f32([2], [0, 8]), dtype: 'Q4' } }, eight),
      /"w" has the unknown dtype "Q4"/,
    ],
    [
      'a dtype from the prototype',
      safetensorsBytes({ w: { ...f32([2], [0, 8]), dtype: 'toString' } }, eight),
      /unknown dtype/,
    ],
    ['a negative size', safetensorsBytes({ w: f32([-2], [0, 8]) }, eight), /"w" has a shape/],
    ['a fraction as size', safetensorsBytes({ w: f32([0.5], [0, 2]) }, eight), /"w" has a shape/],
    ['a huge shape', safetensorsBytes({ w: f32([2 ** 40, 2 ** 40], [0, 8]) }, eight), /"w" has a shape too large/],
    ['a shape of another size', safetensorsBytes({ w: f32([3], [0, 8]) }, eight), /takes 8 bytes; F32 \[3\] needs 12/],
    ['reversed offsets', safetensorsBytes({ w: f32([2], [8, 0]) }, eight), /data_offsets/],
    [
      'offsets beyond the file',
      safetensorsBytes({ w: f32([4], [0, 16]) }, eight),
      /"w" is cut off: the file is \d+ bytes/,
    ],
    ['overlap', safetensorsBytes({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, eight), /"b" overlaps tensor "a"/],
    ['a gap', safetensorsBytes({ a: f32([1], [4, 8]) }, eight), /"a" leaves a gap of 4/],
    ['bytes after the last tensor', safetensorsBytes({ a: f32([1], [0, 4]) }, eight), /4 bytes after/],
    [
      'a tensor named twice',
      safetensorsBytes(
        `{"a":${JSON.stringify(f32([2], [0, 8]))},"\\u0061":${JSON.stringify(f32([2], [0, 8]))}}`,
        eight,
      ),
      /"a" names a tensor or a field twice/,
    ],
    [
      'a field named twice',
      safetensorsBytes('{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', eight),
      /"dtype" names a tensor or a field twice/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(
      expect.objectContaining({
        code: 'bad-safetensors',
        file: 'm.safetensors',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/download|copy/),
      }),
    );
  });
});

it('answers 3000 mutated headers with a header or a RankwiseError, quickly', () => {
  const whole = readFileSync(fixture('tiny/roberta/model.safetensors'));
  const large = whole.subarray(0, 8 + Number(whole.readBigUInt64LE()));
  const small = safetensorsBytes(
    { __metadata__: { format: 'pt' }, a: f32([1, 1], [0, 4]), b: f32([1], [4, 8]) },
    eight,
  );
  const random = Random.seeded(7, 'header fuzz');
  const started = performance.now();
  let parsed = 0;
  for (let i = 0; i < 3000; i++) {
    const base = i % 4 === 0 ? large : Buffer.from(small);
    const bytes = mutate(base, random);
    const fileSize = base === large ? whole.length + bytes.length - large.length : bytes.length;
    try {
      const { tensors } = parse(bytes, fileSize);
      for (const t of tensors.values()) expect(t.end).toBeLessThanOrEqual(fileSize);
      parsed++;
    } catch (error) {
      if (!(error instanceof RankwiseError)) throw error;
      expect(error.code).toBe('bad-safetensors');
      expect(error.message.length).toBeLessThan(600);
    }
  }
  expect(parsed).toBeGreaterThan(0);
  expect(parsed).toBeLessThan(2000);
  expect(performance.now() - started).toBeLessThan(20_000);
});

/** One to four faults: flipped bits, other bytes, JSON tokens, bytes lost, repeated or cut off. */
function mutate(bytes: Buffer, random: Random): Uint8Array {
  const tokens = ['{', '}', '[', ']', '"', ':', ',', '\\', '\0', '-', '1e999', '9007199254740993', 'null', '\u00e9'];
  let result = bytes;
  for (let faults = 1 + random.below(4); faults > 0; faults--) {
    const at = random.below(result.length);
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const kinds: (() => Buffer)[] = [
      () => Buffer.concat([before, Buffer.from([after[0]! ^ (1 << random.below(8))]), after.subarray(1)]),
      () => Buffer.concat([before, Buffer.from([random.below(256)]), after.subarray(1)]),
      () => Buffer.concat([before, Buffer.from(tokens[random.below(tokens.length)]!), after.subarray(1)]),
      () => Buffer.concat([before, Buffer.from(tokens[random.below(tokens.length)]!), after]),
      () => Buffer.concat([before, after.subarray(random.below(16))]),
      () => Buffer.concat([before, after.subarray(0, random.below(64)), after]),
      () => before,
    ];
    result = Buffer.from(kinds[random.below(kinds.length)]!());
    if (result.length === 0) break;
  }
  return result;
}
