import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fromBfloat, fromHalf, toBfloat, toHalf } from '../../../../server/base/halves.ts';
import { openSafetensors } from '../../../../server/checkpoint/safetensors/read.ts';
import { writeSafetensors } from '../../../../server/checkpoint/safetensors/write.ts';
import { fixture, safetensorsBytes, temporaryFolder } from './files.ts';

function rewrite(from: string, to: string, dtype?: 'F32' | 'F16' | 'BF16') {
  const source = openSafetensors(from);
  const tensors = [...source.tensors].map(([name, { shape }]) => ({ name, shape, data: () => source.read(name).data }));
  writeSafetensors(to, tensors.reverse(), dtype && { dtype });
  source.close();
}

it.each(['llama', 'llama-tied', 'bert', 'roberta'])(
  '%s: writes the very bytes of the reference implementation',
  (name) => {
    const to = path.join(temporaryFolder(), 'model.safetensors');
    rewrite(fixture(`tiny/${name}/model.safetensors`), to);
    expect(readFileSync(to).equals(readFileSync(fixture(`tiny/${name}/model.safetensors`)))).toBe(true);
  },
);

it.each(['F16', 'BF16'] as const)(
  '%s: what was written is read bit for bit, and rewriting changes nothing',
  (dtype) => {
    const folder = temporaryFolder();
    const [first, second] = [path.join(folder, 'a.safetensors'), path.join(folder, 'b.safetensors')];
    rewrite(fixture('tiny/bert/model.safetensors'), first, dtype);
    rewrite(first, second, dtype);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
    expect(statSync(first).size).toBeLessThan(0.52 * statSync(fixture('tiny/bert/model.safetensors')).size);
    const file = openSafetensors(first);
    const original = openSafetensors(fixture('tiny/bert/model.safetensors'));
    const name = 'bert.pooler.dense.weight';
    const tolerance = dtype === 'F16' ? 2 ** -11 : 2 ** -8;
    const [exact, rounded] = [original.read(name).data, file.read(name).data];
    const worst = Math.max(...exact.map((x, i) => Math.abs(rounded[i]! - x) - Math.abs(x) * tolerance));
    expect(worst).toBeLessThanOrEqual(2 ** -25);
    file.close();
    original.close();
  },
);

it('every half and bfloat survives float32', () => {
  for (let bits = 0; bits < 65536; bits++) {
    if ((bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0) expect(toHalf(fromHalf(bits))).toBe(bits);
    if ((bits & 0x7f80) !== 0x7f80 || (bits & 0x7f) === 0) expect(toBfloat(fromBfloat(bits))).toBe(bits);
  }
});

it('rounds to the nearest, ties to even, and keeps what is not finite', () => {
  expect(fromHalf(toHalf(1 + 2 ** -11))).toBe(1);
  expect(fromHalf(toHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
  expect(fromHalf(toHalf(65519))).toBe(65504);
  expect(fromHalf(toHalf(65520))).toBe(Number.POSITIVE_INFINITY);
  expect(fromHalf(toHalf(3 * 2 ** -26))).toBe(2 ** -24);
  expect(fromHalf(toHalf(-(2 ** -26)))).toBe(-0);
  expect(fromBfloat(toBfloat(1 + 2 ** -8))).toBe(1);
  expect(fromBfloat(toBfloat(1 + 3 * 2 ** -8))).toBe(1 + 2 ** -6);
  for (const [there, back] of [
    [toHalf, fromHalf],
    [toBfloat, fromBfloat],
  ] as const) {
    expect(back(there(Number.NaN))).toBeNaN();
    expect(back(there(Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY);
  }
});

it('reads integers and doubles as numbers, and raw bytes as stored', () => {
  const file = path.join(temporaryFolder(), 'x.safetensors');
  const data = Buffer.concat([
    Buffer.from(new BigInt64Array([-1n, 5n]).buffer),
    Buffer.from(new Float64Array([0.5]).buffer),
    Buffer.from(new Int8Array([-7, 7]).buffer),
  ]);
  const header = {
    ids: { dtype: 'I64', shape: [2], data_offsets: [0, 16] },
    d: { dtype: 'F64', shape: [], data_offsets: [16, 24] },
    q: { dtype: 'I8', shape: [1, 2], data_offsets: [24, 26] },
  };
  writeFileSync(file, safetensorsBytes(header, data));
  const opened = openSafetensors(file);
  expect([...opened.read('ids').data]).toEqual([-1, 5]);
  expect(opened.read('d')).toEqual({ shape: [], data: new Float32Array([0.5]) });
  expect([...opened.read('q').data]).toEqual([-7, 7]);
  expect(opened.readRaw('q')).toEqual({ dtype: 'I8', shape: [1, 2], bytes: new Uint8Array([249, 7]) });
  expect(() => opened.read('none')).toThrow(expect.objectContaining({ code: 'no-such-tensor', field: 'none' }));
  opened.close();
});

it('refuses dtypes that it cannot convert, by tensor', () => {
  const file = path.join(temporaryFolder(), 'x.safetensors');
  writeFileSync(
    file,
    safetensorsBytes({ w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1)),
  );
  const opened = openSafetensors(file);
  expect(() => opened.read('w')).toThrow(expect.objectContaining({ code: 'unsupported-dtype', field: 'w' }));
  opened.close();
});

it('notices a file that is cut off or too long', () => {
  const file = path.join(temporaryFolder(), 'x.safetensors');
  rewrite(fixture('tiny/llama/model.safetensors'), file);
  const size = statSync(file).size;
  appendFileSync(file, 'x');
  expect(() => openSafetensors(file)).toThrow(/1 bytes after its last tensor/);
  truncateSync(file, size - 1);
  expect(() => openSafetensors(file)).toThrow(
    expect.objectContaining({ code: 'bad-safetensors', field: 'model.norm.weight' }),
  );
  expect(() => openSafetensors(`${file}.none`)).toThrow(expect.objectContaining({ code: 'file-not-readable' }));
});

it('leaves nothing behind when a tensor cannot be produced', () => {
  const folder = temporaryFolder();
  const broken = { name: 'w', shape: [2], data: () => new Float32Array(3) };
  expect(() => writeSafetensors(path.join(folder, 'x.safetensors'), [broken])).toThrow(RangeError);
  expect(readdirSync(folder)).toEqual([]);
});
