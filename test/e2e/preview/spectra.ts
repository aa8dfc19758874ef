/** Spectra as the job would report them, with seeded noise, for looking at the spectrum panel: a bulk, and a power law that stands out of it. */
import { Random } from '../../../server/base/random.ts';
import { learnedItem } from '../../../server/jobs/spectra/learned.ts';
import type { SpectrumChange, SpectrumItem, SpectrumMatrix, SpectrumOf } from '../../../server/protocol/spectrum.ts';
import type { SpectrumCut, SpectrumSubject, ToSpectrumView } from '../../../server/protocol/spectrum-view.ts';

const encode = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** Singular values of an m×n matrix: the quarter-circle-like bulk of noise of this scale, and spikes ∝ i^−power over it. */
export function fakeValues(
  [m, n]: readonly [number, number],
  { scale, spikes, power, seed }: { scale: number; spikes: number; power: number; seed: number },
): Float32Array {
  const random = Random.seeded(seed, 'spectrum');
  const k = Math.min(m, n);
  const ratio = Math.sqrt(k / Math.max(m, n));
  const [low, high] = [scale * (1 - 0.96 * ratio), scale * (1 + ratio)];
  const values = new Float32Array(k);
  for (let i = 0; i < k; i++) {
    const q = i / k;
    // The quantiles of the Marchenko–Pastur law, near enough to look at.
    const bulk = low + (high - low) * (1 - q ** 0.72) * (0.94 + 0.06 * Math.cos(3 * q));
    const spike = spikes * scale * (i + 1) ** -power;
    values[i] = Math.hypot(bulk, spike) * (1 + 0.004 * random.normal());
  }
  return values.sort().reverse();
}

const kinds: { kind: string; shape: [number, number]; scale: number; spikes: number; power: number }[] = [
  { kind: 'attention.self.query', shape: [768, 768], scale: 0.52, spikes: 9, power: 0.55 },
  { kind: 'attention.self.key', shape: [768, 768], scale: 0.5, spikes: 10, power: 0.58 },
  { kind: 'attention.self.value', shape: [768, 768], scale: 0.46, spikes: 3, power: 0.4 },
  { kind: 'attention.output.dense', shape: [768, 768], scale: 0.47, spikes: 4, power: 0.5 },
  { kind: 'intermediate.dense', shape: [3072, 768], scale: 0.95, spikes: 12, power: 0.75 },
  { kind: 'output.dense', shape: [768, 3072], scale: 0.9, spikes: 8, power: 0.7 },
];
const adaptedKinds = ['attention.self.query', 'attention.self.value'];
const layers = 12;

function matricesOf(adapted: boolean): SpectrumMatrix[] {
  const inside = Array.from({ length: layers }, (_, layer) =>
    kinds.map(
      ({ kind, shape }): SpectrumMatrix => ({
        name: `roberta.encoder.layer.${layer}.${kind}`,
        shape,
        layer,
        kind: `roberta.encoder.layer.*.${kind}`,
        ...(adapted && adaptedKinds.includes(kind) && { adapted: true }),
      }),
    ),
  ).flat();
  const outside: SpectrumMatrix[] = [
    { name: 'classifier.dense', shape: [768, 768], kind: 'classifier.dense' },
    { name: 'classifier.out_proj', shape: [2, 768], kind: 'classifier.out_proj' },
  ];
  return [...inside, ...outside];
}

function spectrumOf({ name, shape, layer = 6, kind }: SpectrumMatrix, seed: number): Float32Array {
  const { scale, spikes, power } = kinds.find((each) => kind.endsWith(`*.${each.kind}`)) ?? kinds[3]!;
  const depth = layer / layers;
  return fakeValues(shape, {
    scale: scale * (0.82 + 0.36 * depth),
    spikes: spikes * (0.6 + 0.8 * Math.abs(Math.sin(2 + 4 * depth))),
    power: power + 0.1 * depth,
    seed: seed + name.length * 31 + layer,
  });
}

const item = (matrix: string, of: SpectrumOf, values: Float32Array): SpectrumItem => ({
  type: 'values',
  matrix,
  of,
  values: encode(values),
  residual: 3.1e-7,
  cached: false,
  seconds: 0.21,
});

/** An update of rank 8. `aligned`: how much of each direction lies in the base's leading ones. */
function changeOf({ name, layer = 0 }: SpectrumMatrix, aligned: number): SpectrumChange {
  const random = Random.seeded(91 + layer, name);
  const directions = 8;
  const bins = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768];
  const overlap = (strength: number) => {
    const values = new Float32Array((bins.length - 1) * directions);
    for (let j = 0; j < directions; j++) {
      const raw = bins.slice(1).map((end, i) => {
        const width = end - bins[i]!;
        const leading = strength * Math.exp(-((i - j * 0.45) ** 2) / 2.2);
        return leading + (1 - strength) * (width / 768) * (0.7 + 0.6 * random.uniform());
      });
      const sum = raw.reduce((total, value) => total + value, 0);
      raw.forEach((value, i) => {
        values[i * directions + j] = value / Math.max(1, sum);
      });
    }
    return encode(values);
  };
  return {
    type: 'change',
    matrix: name,
    baseNorm: 16.3 + layer * 0.2,
    updateNorm: 0.42 + 0.08 * layer,
    directions,
    bins,
    left: overlap(aligned),
    right: overlap(aligned * 0.7),
    inTop: 0.62 * aligned,
    inTopByChance: 64 / (768 * 768),
    diagonal: 0.08 * aligned,
    amplification: 21.5 - layer,
  };
}

function adaptedItems(matrix: SpectrumMatrix, base: Float32Array, seed: number): SpectrumItem[] {
  const random = Random.seeded(seed, matrix.name);
  const update = new Float32Array(base.length);
  for (let i = 0; i < 8; i++) update[i] = 0.5 * Math.exp(-i / 2.4) * (0.9 + 0.2 * random.uniform());
  const merged = base.map((value, i) => Math.hypot(value, i < 24 ? 0.9 * Math.exp(-i / 7) : 0.012));
  const aligned = matrix.kind.endsWith('query') ? 0.92 : 0.05;
  return [
    item(matrix.name, 'merged', merged.sort().reverse()),
    item(matrix.name, 'update', update),
    changeOf(matrix, aligned),
  ];
}

/** As if each kind had a method of its own: svf's z and what it comes to, a large random M of svft, AdaLoRA's E, R of LoRA-XS. */
function learnedOf({ name, kind, layer = 0, shape }: SpectrumMatrix, S: Float32Array): SpectrumItem {
  const random = Random.seeded(7 + layer, name);
  const k = Math.min(...shape);
  const numbers = (count: number, next: (i: number) => number) => Array.from({ length: count }, (_, i) => next(i));
  if (kind.endsWith('query')) {
    const z = numbers(k, (i) => 1 + 0.4 * Math.exp(-i / 90) * Math.sin(i / 9) + 0.05 * random.normal());
    const beside = [
      { title: 'S', values: S },
      { title: 'S ⊙ z', values: z.map((value, i) => value * S[i]!) },
    ];
    const about = 'Each singular value of W is multiplied by its z.';
    return learnedItem(name, 'svf', {
      items: [{ kind: 'vector', title: 'z', about, neutral: 1, index: 'singular index', values: z, beside }],
    });
  }
  const table = { about: 'Between directions.', neutral: 0, rows: 'left direction', columns: 'right direction' };
  if (kind.endsWith('value')) {
    const places = (size: number) => numbers(size, () => random.below(8192));
    const item = { kind: 'sparse' as const, title: 'M', ...table, shape: [8192, 8192] as const };
    const all = {
      places: { rows: places(6000), columns: places(6000) },
      values: numbers(6000, () => 0.02 * random.normal()),
    };
    return learnedItem(name, 'svft', { items: [{ ...item, ...all }] });
  }
  if (kind.endsWith('key')) {
    const left = layer % 5;
    const E = numbers(left, (i) => (0.3 - 0.04 * i) * (i % 2 === 0 ? 1 : -1));
    const item = {
      kind: 'vector' as const,
      title: 'E',
      about: 'Of each triplet.',
      neutral: 0,
      index: 'triplet',
      values: E,
    };
    return learnedItem(name, 'adalora', { items: [item], rank: left });
  }
  const R = numbers(64, (i) => (i % 9 === 0 ? 0.4 : 0.1) * random.normal());
  return learnedItem(name, 'lora-xs', { items: [{ kind: 'matrix', title: 'R', ...table, shape: [8, 8], values: R }] });
}

const plain: SpectrumSubject = { model: '/models/roberta-base', title: 'roberta-base' };
const tuned: SpectrumSubject = {
  model: '/models/roberta-base',
  adapter: '/runs/sst2/adapter',
  title: 'roberta-base + sst2-lora',
};
const other: SpectrumSubject = { model: '/models/bert-base', title: 'bert-base' };

/** @param share of the matrices that have come. */
function stream(
  subject: number,
  { adapted = false, learned = false, seed = 1, share = 1, faults = false } = {},
): ToSpectrumView[] {
  const learns = (matrix: SpectrumMatrix) =>
    learned && /(query|key|value|output.dense)$/.test(matrix.kind) && matrix.layer !== undefined;
  const matrices = matricesOf(adapted).map((matrix) => ({
    ...matrix,
    ...(learns(matrix) && { adapted: true, learns: true }),
  }));
  const items: SpectrumItem[] = [{ type: 'matrices', matrices }];
  const done = Math.round(matrices.length * share);
  for (const [i, matrix] of matrices.slice(0, done).entries()) {
    if (faults && i % 17 === 11) {
      items.push({
        type: 'fault',
        matrix: matrix.name,
        of: 'base',
        error: {
          code: 'not-finite',
          kind: 'input',
          message: `${matrix.name} has values that are not finite (NaN at row 3, column 17).`,
          hint: 'The checkpoint is damaged: download it again.',
        },
      });
      continue;
    }
    const base = spectrumOf(matrix, seed);
    items.push(item(matrix.name, 'base', base));
    if (matrix.learns) items.push(learnedOf(matrix, base));
    if (matrix.adapted) items.push(...adaptedItems(matrix, base, seed));
  }
  items.push({
    type: 'progress',
    done,
    total: matrices.length,
    ...(share < 1 && { remainingSeconds: (1 - share) * 41 }),
  });
  const ended: ToSpectrumView[] =
    share < 1
      ? []
      : [
          {
            type: 'ended',
            subject,
            result: { matrices: faults ? done - 4 : done, cached: 0, seconds: 14.2, kernel: 'native' },
          },
        ];
  return [{ type: 'items', subject, items }, ...ended];
}

const cuts: SpectrumCut[] = matricesOf(true)
  .filter(({ adapted }) => adapted)
  .map(({ name }) => ({
    matrix: name,
    method: name.endsWith('query') ? 'pissa' : 'milora',
    rank: 32,
    end: name.endsWith('query') ? 'top' : 'bottom',
  }));
const recipe = '/home/me/sst2.peft';

const faultAll: SpectrumItem[] = matricesOf(false).flatMap(({ name }): SpectrumItem[] => [
  {
    type: 'fault',
    matrix: name,
    of: 'base',
    error: {
      code: 'not-finite',
      kind: 'input',
      message: `${name} has values that are not finite (NaN at row 0, column 0).`,
      hint: 'The checkpoint is damaged: download it again.',
    },
  },
]);

export const spectra: Record<string, ToSpectrumView[]> = {
  loading: [{ type: 'init', subjects: [plain], cuts: [] }],
  streaming: [{ type: 'init', subjects: [plain], cuts, recipe }, ...stream(0, { share: 0.45 })],
  complete: [{ type: 'init', subjects: [plain], cuts, recipe }, ...stream(0)],
  faults: [{ type: 'init', subjects: [plain], cuts: [] }, ...stream(0, { faults: true })],
  tuned: [{ type: 'init', subjects: [tuned], cuts, recipe }, ...stream(0, { adapted: true })],
  learned: [{ type: 'init', subjects: [tuned], cuts: [] }, ...stream(0, { adapted: true, learned: true })],
  compared: [
    { type: 'init', subjects: [plain, other], cuts, recipe },
    ...stream(0),
    ...stream(1, { seed: 400, share: 0.7 }),
  ],
  failed: [
    { type: 'init', subjects: [plain], cuts: [] },
    {
      type: 'ended',
      subject: 0,
      error: {
        code: 'model-not-found',
        kind: 'input',
        message: 'There is no model in /models/roberta-base: it has no config.json.',
        hint: 'Choose the folder that holds config.json and the safetensors files.',
      },
    },
  ],
  broken: [
    { type: 'init', subjects: [plain], cuts: [] },
    { type: 'items', subject: 0, items: [{ type: 'matrices', matrices: matricesOf(false) }, ...faultAll] },
    { type: 'ended', subject: 0, result: { matrices: 0, cached: 0, seconds: 0.4 } },
  ],
  stopped: [{ type: 'init', subjects: [plain], cuts: [] }, ...stream(0, { share: 0.3 }), { type: 'ended', subject: 0 }],
  empty: [
    { type: 'init', subjects: [plain], cuts: [] },
    { type: 'items', subject: 0, items: [{ type: 'matrices', matrices: [] }] },
    { type: 'ended', subject: 0, result: { matrices: 0, cached: 0, seconds: 0.1 } },
  ],
};

/** A head of zeros, and one whose values are all the same. */
const heads = [
  item('classifier.out_proj', 'base', new Float32Array(2)),
  item('classifier.dense', 'base', new Float32Array(768).fill(1)),
];
spectra.odd = [...spectra.complete!, { type: 'items', subject: 0, items: heads }];

/** Many layers: narrow cells. */
const { matrices: many, items: manyItems } = largeModel(400, 256);
spectra.many = [
  { type: 'init', subjects: [{ model: '/models/llama-70b', title: 'llama-70b' }], cuts: [] },
  { type: 'items', subject: 0, items: [{ type: 'matrices', matrices: many }, ...manyItems.slice(0, 330)] },
  { type: 'items', subject: 0, items: [{ type: 'progress', done: 330, total: 400, remainingSeconds: 4000 }] },
];

/** Square matrices, five a layer, and their items, one a matrix: for measuring. */
export function largeModel(count: number, values: number): { matrices: SpectrumMatrix[]; items: SpectrumItem[] } {
  const names = ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.up_proj', 'mlp.down_proj', 'self_attn.o_proj'];
  const matrices = Array.from({ length: count }, (_, i): SpectrumMatrix => {
    const [layer, kind] = [Math.floor(i / names.length), names[i % names.length]!];
    return { name: `model.layers.${layer}.${kind}`, shape: [values, values], layer, kind: `model.layers.*.${kind}` };
  });
  // A few different ones, over and over: what they look like does not matter to the clock.
  const few = Array.from({ length: 16 }, (_, i) =>
    fakeValues([values, values], { scale: 0.5 + 0.03 * i, spikes: 4 + i, power: 0.5, seed: i }),
  );
  const items = matrices.map(({ name }, i) => item(name, 'base', few[i % few.length]!));
  return { matrices, items };
}
