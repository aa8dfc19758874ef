/** Spectra as people read them, to the character, in narrow and wide terminals. */
import { expect, test } from 'vitest';
import { encodeFloats } from '../../../../server/base/floats.ts';
import type { Io } from '../../../../server/cli/output.ts';
import { changeVerdict } from '../../../../server/cli/spectrum/remarks.ts';
import {
  type MatrixReport,
  matrixJson,
  type ReportSettings,
  SpectrumReport,
} from '../../../../server/cli/spectrum/report.ts';
import { showSpectrum } from '../../../../server/cli/spectrum/show.ts';
import type { By } from '../../../../server/cli/spectrum/table.ts';
import type { SpectrumItem, SpectrumMatrix, SpectrumOf } from '../../../../server/protocol/spectrum.ts';

const settings: ReportSettings = { interval: [0.1, 1.1], energies: [0.9, 0.99], ranks: new Map() };

/** A falling spectrum of k values from `first` on. */
const values = (matrix: string, of: SpectrumOf, k: number, first: number, fall = 0.97): SpectrumItem => ({
  type: 'values',
  matrix,
  of,
  values: encodeFloats(Float32Array.from({ length: k }, (_, i) => first * fall ** i)),
  residual: 1e-7,
  cached: false,
  seconds: 1,
});

const matrices: SpectrumMatrix[] = [0, 1].flatMap((layer) => [
  { name: `model.layers.${layer}.self_attn.q_proj`, shape: [4096, 4096], layer, kind: 'model.layers.*.self_attn.q_proj', adapted: true }, // biome-ignore format: a table
  { name: `model.layers.${layer}.mlp.down_proj`, shape: [4096, 14336], layer, kind: 'model.layers.*.mlp.down_proj' },
]);
const head: SpectrumMatrix = { name: 'lm_head', shape: [128_256, 4096], kind: 'lm_head' };

function report(...more: SpectrumItem[]): SpectrumReport {
  const made = new SpectrumReport();
  made.take({ type: 'matrices', matrices: [...matrices, head] });
  for (const [i, { name }] of [...matrices, head].entries()) made.take(values(name, 'base', 100, 1 + i / 2));
  for (const item of more) made.take(item);
  return made;
}

function shown(
  made: SpectrumReport,
  columns: number,
  { of = ['base'], by, ...more }: { of?: SpectrumOf[]; by?: By } & Partial<ReportSettings> = {},
) {
  // biome-ignore format: one line
  const lines: string[] = [];
  const io = { say: (text: string) => lines.push(text), columns: () => columns, paint: (_: unknown, text: string) => text }; // biome-ignore format: one line
  const result = { matrices: 5, cached: 2, seconds: 12.34, kernel: 'native' };
  showSpectrum(made, of, { ...settings, ...more }, by, result, io as unknown as Io);
  return lines;
}

test('80 columns: names from the layer on, shapes, and the article’s check', () => {
  expect(shown(report(), 80)).toMatchInlineSnapshot(`
    [
      "module                    shape    σ₁      σₖ  stable  eff.    E@8  0.1–1.1",
      "0.self_attn.q_proj    4096×4096  1.00  0.0490    16.9  73.0  38.7%    76.0%",
      "0.mlp.down_proj      4096×14336  1.50  0.0735    16.9  73.0  38.7%    78.0%",
      "1.self_attn.q_proj    4096×4096  2.00  0.0980    16.9  73.0  38.7%    79.0%",
      "1.mlp.down_proj      4096×14336  2.50   0.123    16.9  73.0  38.7%    73.0%",
      "lm_head             128256×4096  3.00   0.147    16.9  73.0  38.7%    67.0%",
      "",
      "74.6% of all 500 singular values lie in [0.1, 1.1]",
      "",
      "Left out at this width: residual, cond., E@64; --json has all.",
      "5 matrices in 12.3 s (native kernel); 2 of 5 from the cache",
    ]
  `);
});

test('120 columns: whole names, energies at two ranks', () => {
  expect(shown(report(), 120)).toMatchInlineSnapshot(`
    [
      "module                                 shape    σ₁      σₖ  cond.  stable  eff.    E@8   E@64  0.1–1.1  residual",
      "model.layers.0.self_attn.q_proj    4096×4096  1.00  0.0490   20.4    16.9  73.0  38.7%  98.2%    76.0%    1.0e-7",
      "model.layers.0.mlp.down_proj      4096×14336  1.50  0.0735   20.4    16.9  73.0  38.7%  98.2%    78.0%    1.0e-7",
      "model.layers.1.self_attn.q_proj    4096×4096  2.00  0.0980   20.4    16.9  73.0  38.7%  98.2%    79.0%    1.0e-7",
      "model.layers.1.mlp.down_proj      4096×14336  2.50   0.123   20.4    16.9  73.0  38.7%  98.2%    73.0%    1.0e-7",
      "lm_head                          128256×4096  3.00   0.147   20.4    16.9  73.0  38.7%  98.2%    67.0%    1.0e-7",
      "",
      "74.6% of all 500 singular values lie in [0.1, 1.1]",
      "",
      "5 matrices in 12.3 s (native kernel); 2 of 5 from the cache",
    ]
  `);
});

test('a line for each kind', () => {
  expect(shown(report(), 80, { by: 'kind' })).toMatchInlineSnapshot(`
    [
      "module                    shape    σ₁      σₖ  stable  eff.    E@8  0.1–1.1",
      "*.self_attn.q_proj    4096×4096  2.00  0.0490    16.9  73.0  38.7%    77.5%",
      "*.mlp.down_proj      4096×14336  2.50  0.0735    16.9  73.0  38.7%    75.5%",
      "lm_head             128256×4096  3.00   0.147    16.9  73.0  38.7%    67.0%",
      "",
      "74.6% of all 500 singular values lie in [0.1, 1.1]",
      "",
      "A line is a kind: largest σ₁, smallest σₖ, else means; --by matrix lists all.",
      "Left out at this width: residual, cond., ×, E@64; --json has all.",
      "5 matrices in 12.3 s (native kernel); 2 of 5 from the cache",
    ]
  `);
});

test('a matrix of zeros has no rank and no energy, and does not pull a mean down', () => {
  const zero = { ...values(matrices[0]!.name, 'base', 100, 0), values: encodeFloats(new Float32Array(100)) };
  const [, alone] = shown(report(zero as SpectrumItem), 80);
  expect(alone).toMatch(/ 0 +0 +– +– +– +0\.0%$/);
  const [, kind] = shown(report(zero as SpectrumItem), 80, { by: 'kind' });
  expect(kind).toMatch(/16\.9 +73\.0 +38\.7%/);
});

const tableOf = (lines: string[]) => lines.slice(0, lines.indexOf(''));

test.each([40, 60, 80, 100])('no line of a table is wider than %i columns', (columns) => {
  for (const by of ['matrix', 'kind'] as const)
    for (const line of tableOf(shown(report(), columns, { by }))) expect([...line].length).toBeLessThanOrEqual(columns);
});

test('ranks of a recipe stand beside what they hold', () => {
  const ranks = new Map(matrices.map(({ name }, i) => [name, 8 + i]));
  const [titles, first, , , , last] = shown(report(), 120, { ranks });
  expect([titles, first, last]).toMatchInlineSnapshot(`
    [
      "module                                 shape  rank    σ₁      σₖ  cond.  stable  eff.  E@rank  0.1–1.1  residual",
      "model.layers.0.self_attn.q_proj    4096×4096     8  1.00  0.0490   20.4    16.9  73.0   38.7%    76.0%    1.0e-7",
      "lm_head                          128256×4096     –  3.00   0.147   20.4    16.9  73.0       –    67.0%    1.0e-7",
    ]
  `);
});

const change: SpectrumItem = {
  type: 'change',
  matrix: matrices[0]!.name,
  baseNorm: 8,
  updateNorm: 0.4,
  directions: 2,
  bins: [0, 1, 3],
  left: encodeFloats(Float32Array.of(0.1, 0.2, 0.3, 0.4)),
  right: encodeFloats(Float32Array.of(0.5, 0.6, 0.7, 0.8)),
  inTop: 0.0123,
  inTopByChance: 0.0004,
  diagonal: 0.5,
  amplification: 21.25,
};

test('merged weights, update and change each in a table, of the matrices that have them', () => {
  const { name } = matrices[0]!;
  const made = report(values(name, 'merged', 100, 3), values(name, 'update', 100, 0.2, 0.01), change);
  expect(shown(made, 80, { of: ['base', 'merged', 'update'] }).slice(8)).toMatchInlineSnapshot(`
    [
      "74.6% of all 500 singular values lie in [0.1, 1.1]",
      "",
      "Merged weights",
      "module                  shape    σ₁     σₖ  stable  eff.    E@8   E@64  0.1–1.1",
      "0.self_attn.q_proj  4096×4096  3.00  0.147    16.9  73.0  38.7%  98.2%    67.0%",
      "",
      "67.0% of all 100 singular values lie in [0.1, 1.1]",
      "",
      "Update (merged − base)",
      "module                  shape     σ₁  stable  eff.     E@8    E@64  num. rank",
      "0.self_attn.q_proj  4096×4096  0.200    1.00  1.06  100.0%  100.0%          2",
      "",
      "What training changed",
      "module              ‖ΔW‖/‖W‖  directions  in top  by chance  diagonal  amplified",
      "0.self_attn.q_proj      5.0%           2    1.2%      0.04%     50.0%      21.3×",
      "",
      "Mostly rescales existing directions (1 update)",
      "",
      "Left out at this width: residual, cond., E@64; --json has all.",
      "5 matrices in 12.3 s (native kernel); 2 of 5 from the cache",
    ]
  `);
});

test('a sentence counts what updates come to, the most frequent first', () => {
  const updates = [0.5, 0, 0, 0].map((diagonal) => ({ change: { ...change, diagonal } }) as MatrixReport);
  expect(changeVerdict(updates)).toBe('Mostly new directions (3 updates); mostly rescales existing directions (1)');
});

test('as JSON: the design’s fields, condition null where infinite, ranks for energy, residual at a rank', () => {
  const { name } = matrices[0]!;
  const made = new SpectrumReport();
  made.take({ type: 'matrices', matrices: [matrices[0]!] });
  made.take({ ...values(name, 'base', 4, 1), values: encodeFloats(Float32Array.of(3, 1, 1, 0)) } as SpectrumItem);
  made.take(change);
  made.take({ type: 'fault', matrix: name, of: 'update', error: { code: 'matrix-not-finite', message: 'NaN', kind: 'runtime' } }); // biome-ignore format: one line
  expect(matrixJson(made.list[0]!, { ...settings, rank: 3 })).toEqual({
    name,
    shape: [4096, 4096],
    layer: 0,
    kind: 'model.layers.*.self_attn.q_proj',
    adapted: true,
    singularValues: [3, 1, 1, 0],
    stableRank: expect.closeTo(11 / 9, 9),
    effectiveRank: expect.closeTo(Math.exp(-0.6 * Math.log(0.6) - 0.4 * Math.log(0.2)), 9),
    numericalRank: 3,
    condition: null,
    energy: { 1: 9 / 11, 2: 10 / 11, 3: 1, 4: 1 },
    rankForEnergy: { 0.9: 2, 0.99: 3 },
    interval: { low: 0.1, high: 1.1, share: 0.5 },
    residual: 1e-7,
    residualAtRank: 0,
    change: {
      reading: 'rescales',
      baseNorm: 8,
      updateNorm: 0.4,
      directions: 2,
      bins: [0, 1, 3],
      left: [[0.1, 0.2], [0.3, 0.4]],
      right: [[0.5, 0.6], [0.7, 0.8]],
      inTop: 0.0123,
      inTopByChance: 0.0004,
      diagonal: 0.5,
      amplification: 21.25,
    }, // biome-ignore format: short lists
    faults: [{ of: 'update', error: expect.objectContaining({ code: 'matrix-not-finite' }) }],
  });
});

/** z of a module with 100 singular values, and a 2×2 table with a hole. */
const learned = (matrix: string, high: number, rank?: number): SpectrumItem => ({
  type: 'learned',
  matrix,
  method: 'svf',
  ...(rank !== undefined && { rank }),
  parts: [
    {
      kind: 'vector',
      title: 'z',
      about: 'Scales.',
      neutral: 1,
      index: 'singular index',
      entries: 2,
      low: -0.25,
      high,
      distance: 0.5,
      largest: [{ row: 1, value: high }],
      length: 2,
      bin: 1,
      values: encodeFloats(Float32Array.of(0.1, high)),
      beside: [{ title: 'S', values: encodeFloats(Float32Array.of(3, 2)) }],
    },
    {
      kind: 'table',
      title: 'M',
      about: 'Between directions.',
      neutral: 0,
      rows: 'left direction',
      columns: 'right direction',
      entries: 3,
      low: 0,
      high: 2,
      distance: 1,
      largest: [{ row: 0, column: 1, value: 2 }],
      shape: [3, 4],
      bin: [2, 2],
      values: encodeFloats(Float32Array.of(1, 2, Number.NaN, 0)),
    },
  ],
});

test('what methods learned: a line for each thing that they name, with a rank where there is one', () => {
  const [first, , second] = matrices;
  const lines = shown(report(learned(first!.name, 2, 3), learned(second!.name, 1.5, 4)), 120, { by: 'kind' });
  const at = lines.indexOf('What the method learned');
  expect(lines.slice(at + 1, at + 4)).toMatchInlineSnapshot(`
    [
      "module                           what  rank  numbers  lowest  highest  neutral  distance",
      "model.layers.*.self_attn.q_proj  z      3.5        2  -0.250     2.00     1.00     0.500",
      "model.layers.*.self_attn.q_proj  M      3.5        3       0     2.00        0      1.00",
    ]
  `);
});

test('as JSON: what was learned, as rows, null where there is no entry', () => {
  const made = new SpectrumReport();
  made.take({ type: 'matrices', matrices: [matrices[0]!] });
  made.take(learned(matrices[0]!.name, 1.5));
  expect(matrixJson(made.list[0]!, settings).learned).toMatchObject({
    method: 'svf',
    parts: [
      { title: 'z', values: [0.1, 1.5], beside: [{ title: 'S', values: [3, 2] }] },
      { title: 'M', shape: [3, 4], bin: [2, 2], values: [[1, 2], [null, 0]] }, // biome-ignore format: short lists
    ],
  });
});
