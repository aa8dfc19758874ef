/**
 * What every method would train on the matrices that an entry claims, from the claims alone: cheap enough to be asked at each movement of the
 * pointer. `compareMethods` judges a whole recipe instead.
 */
import type { ModuleTable } from '../architectures/types.ts';
import { hasRank, methodOf, methods } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { Claim } from './types.ts';
import {
  defaultSettings,
  defaultsUnder,
  type Grouped,
  type Matrices,
  matricesUnder,
  type Place,
  settingsUnder,
  trainableUnder,
  usualRank,
} from './under-method.ts';
import { wholeModel } from './whole-model.ts';

export interface SideBySide {
  method: Method;
  /** Which of the method's forms: "banded, d = 2"; empty where it has one. */
  form: string;
  /** Undefined where it has none. */
  rank: number | undefined;
  /** Scalars; undefined where the method cannot be used on these matrices so. */
  trainable: number | undefined;
  /** Of the adapter's file, and of the factors that all adapters of the base share. */
  adapterBytes: number;
  sharedBytes: number;
  /** The largest rank that the change of a matrix can have. */
  updateRank: number;
}

/**
 * A row for each form of each method: at the claims' ranks, or once at each of `ranks` for all of them, where the method has one; its own defaults
 * otherwise, and the entry's settings for the entry's method where that has one form and no `ranks` are asked for. `claims`: of one entry, linear
 * modules alone.
 */
export function sideBySide(claims: Grouped<Claim>, table: ModuleTable, ranks?: readonly number[]): SideBySide[] {
  if (claims.places.length === 0) return [];
  return Object.values<Method>(methods).flatMap((method) => {
    if (method.kind === 'parameters') return [wholeRow(method, table)];
    const ranked = usualRank(method) !== undefined;
    return (method.forms ?? [undefined]).flatMap((form) =>
      settingsOf(method, table, form?.options, ranks).map((settings) =>
        row(method, form?.label ?? '', matricesUnder(method, claims, settings), claims, ranked),
      ),
    );
  });
}

/** A row each. */
function settingsOf(
  method: Method,
  table: ModuleTable,
  form: Record<string, unknown> | undefined,
  ranks: readonly number[] | undefined,
): ((place: Place) => MatrixSettings)[] {
  if (!ranks) return [form ? defaultsUnder(method, table, form) : settingsUnder(method, table)];
  if (usualRank(method) === undefined) return [defaultsUnder(method, table, form)];
  return ranks.map((rank) => {
    const settings = defaultSettings(method, table, rank, form);
    return () => settings;
  });
}

/** The entry as it is. */
export function presentRow(claims: Grouped<Claim>): SideBySide | undefined {
  const method = methodOf(claims.places[0]?.entry.method ?? '');
  if (method?.kind !== 'matrices') return undefined;
  return row(
    method,
    '',
    matricesUnder(method, claims, ({ settings }) => settings),
    claims,
    hasRank(method),
  );
}

function row(
  method: Method,
  form: string,
  matrices: readonly Matrices[],
  { places }: Grouped<Claim>,
  ranked: boolean,
): SideBySide {
  const sum = (value: (one: Matrices) => number) => matrices.reduce((total, one) => total + one.count * value(one), 0);
  const largest = (value: (one: Matrices) => number) => matrices.reduce((most, one) => Math.max(most, value(one)), 0);
  const trainable = trainableUnder(method, matrices);
  const first = matrices[0]!.settings;
  const once =
    method.entryFactors?.(
      places.map(({ module }) => module),
      first,
    ) ?? 0;
  const frozen = sum(({ module, settings }) => method.heldFactors?.(module, settings) ?? 0) + once;
  const rank = largest(({ settings }) => settings.rank);
  return {
    method,
    form,
    rank: ranked && rank > 0 ? rank : undefined,
    trainable,
    adapterBytes: 4 * ((trainable ?? 0) + frozen),
    sharedBytes: sum(({ module, settings }) => method.sharedBytes(module, settings)),
    updateRank: largest(({ module, settings }) => method.updateRank(module, settings)),
  };
}

/** Methods that train the model's own parameters are compared as they are by themselves. */
function wholeRow(method: Method, table: ModuleTable): SideBySide {
  const { trainable, updateRank } = wholeModel(method, table);
  const stored = method.result === 'model' ? table.totalParameters : (trainable ?? 0);
  return { method, form: '', rank: undefined, trainable, adapterBytes: 4 * stored, sharedBytes: 0, updateRank };
}
