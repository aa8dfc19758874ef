/** What merging, exporting or composing saved adapters comes to: form, rank, exactness, size. From settings and shapes alone. */
import { RankwiseError } from '../base/errors.ts';
import { bytes as inUnits } from '../base/units.ts';
import { methodOf } from '../methods/registry.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterPlan, AdapterTask } from '../protocol/adapters.ts';
import {
  type AdaptedMatrix,
  type ComposedAdapter,
  type Composition,
  compositionOf,
  ranksByModule,
} from './composition.ts';

/** A folder with one adapter, or those of a run. */
export interface PlanSource {
  path: string;
  weight?: number;
  adapters: (ComposedAdapter & {
    /** Of its weights file. */
    bytes: number;
    /** Of the modules that it trains in full. */
    headBytes: number;
  })[];
}

/** The base, by its module table. */
export interface PlanBase {
  totalParameters: number;
}

type Made = Pick<AdapterPlan, 'result' | 'methods' | 'exact' | 'bytes'> &
  Partial<Pick<AdapterPlan, 'ranks' | 'why' | 'atMost'>>;

/** Throws what the task itself would throw of forms: `no-plain-lora`, `not-composable`, `ranks-differ`, `bound-not-used`. */
export function planOf(task: AdapterTask, sources: readonly PlanSource[], base: PlanBase): AdapterPlan {
  const adapters = sources.flatMap((source) => source.adapters);
  const made = makers[task.kind](task as never, adapters, base);
  const plan = {
    kind: task.kind,
    ...made,
    matrices: new Set(adapters.flatMap(({ matrices }) => matrices.map(({ name }) => name))).size,
    sources: sources.map(({ path, weight, adapters: own }) => ({
      path,
      methods: methodsOf(own),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(weight !== undefined && { weight }),
    })),
  };
  return { ...plan, summary: summaryOf(plan) };
}

type Adapters = PlanSource['adapters'];
const methodsOf = (adapters: Adapters): string[] => [...new Set(adapters.map(({ method }) => method.id))];
type Task<K extends AdapterTask['kind']> = Extract<AdapterTask, { kind: K }>;

const makers: {
  [K in AdapterTask['kind']]: (task: Task<K>, adapters: Adapters, base: PlanBase) => Made;
} = {
  merge: (_task, _adapters, { totalParameters }) => ({
    result: 'model',
    methods: [],
    exact: true,
    bytes: 4 * totalParameters,
  }),

  export(task, adapters) {
    if (task.format === 'lora') return exportedLora(task, adapters);
    const shared = adapters.map(({ method, matrices }) => total(matrices, (at) => method.sharedBytes(at, at.settings)));
    const bytes = sumOf(adapters.map((adapter) => adapter.bytes)) + sumOf(shared);
    return { result: 'adapter', methods: methodsOf(adapters), exact: true, bytes };
  },

  compose(task, adapters) {
    const composition = compositionOf(adapters, task);
    const how = { exact: composition.inexact === undefined, ...(composition.inexact && { why: composition.inexact }) };
    return { result: 'adapter', ...how, ...composedSize(composition, task, adapters) };
  },
};

function exportedLora({ rank = Infinity, energy }: Task<'export'>, adapters: Adapters): Made {
  const bounded = rank < Infinity || energy !== undefined;
  let cut = false;
  const ranks = new Map<AdaptedMatrix, number>();
  for (const { name, method, matrices } of adapters) {
    if (method.kind === 'parameters' || (!method.plainRank && !bounded))
      throw new RankwiseError('no-plain-lora', `${name}: ${method.title} has no plain LoRA.`, {
        hint:
          method.kind === 'parameters'
            ? 'Merge it into the model.'
            : 'Give a rank or an energy, or merge it into the model.',
      });
    for (const matrix of matrices) {
      const whole = method.plainRank?.(matrix, matrix.settings) ?? Math.min(matrix.m, matrix.n);
      cut ||= !method.plainRank || energy !== undefined || whole > rank;
      ranks.set(matrix, Math.min(whole, rank));
    }
  }
  const heads = sumOf(adapters.map(({ headBytes }) => headBytes));
  const why = cut ? { why: 'changes are cut to their largest singular values' } : {};
  return { result: 'adapter', methods: ['lora'], exact: !cut, ...why, ...loraSize(ranks, heads, energy !== undefined) };
}

function composedSize(
  composition: Composition,
  { rank, energy }: Task<'compose'>,
  adapters: Adapters,
): Pick<Made, 'methods' | 'bytes' | 'ranks' | 'atMost'> {
  const heads = Math.max(...adapters.map(({ headBytes }) => headBytes));
  const all = new Map(adapters.flatMap(({ matrices }) => matrices.map((matrix) => [matrix.name, matrix] as const)));
  if (composition.form === 'parameters')
    return { methods: [composition.method.id], bytes: sumOf(adapters.map(({ bytes }) => bytes)), atMost: true };
  if (composition.form === 'own') {
    const { method, settings } = composition;
    const scalars = (at: AdaptedMatrix, own: MatrixSettings) =>
      method.trainable({ ...at, bias: false, parameters: {} }, own);
    // Places that adapters have in common are one in the sum; each is held with its row and column.
    const fixed =
      method.heldFactors === undefined || [...all.values()].every((at) => method.heldFactors!(at, settings) === 0);
    const each = fixed
      ? total([...all.values()], (at) => 4 * scalars(at, settings))
      : sumOf(adapters.map(({ matrices }) => total(matrices, (at) => 12 * scalars(at, at.settings))));
    return { methods: [method.id], bytes: each + heads, ...(!fixed && { atMost: true }) };
  }
  const exact = ranksByModule(adapters);
  const ranks = new Map<AdaptedMatrix, number>();
  for (const [name, matrix] of all) {
    const parts = exact.get(name) ?? [];
    const bent = adapters.some(({ method, matrices }) => !method.plainRank && matrices.some((at) => at.name === name));
    const limit = Math.min(matrix.m, matrix.n);
    const whole = bent ? limit : sumOf(parts);
    const largest = rank ?? (energy === undefined ? Math.max(...parts) : limit);
    const cut = Math.min(whole, largest);
    ranks.set(matrix, { cat: whole, linear: parts[0]!, svd: cut }[composition.combine]);
  }
  return { methods: ['lora'], ...loraSize(ranks, heads, energy !== undefined) };
}

function loraSize(ranks: ReadonlyMap<AdaptedMatrix, number>, heads: number, atMost: boolean) {
  const values = [...ranks.values()];
  return {
    bytes: heads + sumOf([...ranks].map(([{ m, n }, rank]) => 4 * rank * (m + n))),
    ...(values.length > 0 && { ranks: { low: Math.min(...values), high: Math.max(...values) } }),
    ...(atMost && { atMost: true as const }),
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const total = <T>(items: readonly T[], value: (item: T) => number): number => sumOf(items.map(value));

/** "LoRA of rank 8, 28 matrices · exact · 1.2 MiB, of 600 KiB + 600 KiB" */
function summaryOf(plan: Omit<AdapterPlan, 'summary'>): string {
  const { result, methods, ranks, matrices, exact, why, bytes, atMost, sources } = plan;
  const title = methods.map((id) => methodOf(id)?.title ?? id).join(' and ');
  const span = ranks && (ranks.low === ranks.high ? `${ranks.high}` : `${ranks.low} to ${ranks.high}`);
  const rank = span ? ` of rank ${atMost ? 'at most ' : ''}${span}` : '';
  const what = result === 'model' ? 'A model in float32' : `${title}${rank}`;
  const size = `${atMost ? 'at most ' : ''}${inUnits(bytes)}`;
  const from = sources.map((source) => inUnits(source.bytes)).join(' + ');
  const count = `${matrices} ${matrices === 1 ? 'matrix' : 'matrices'}`;
  return `${what}, ${count} · ${exact ? 'exact' : `not exact: ${why}`} · ${size}, from ${from}`;
}
