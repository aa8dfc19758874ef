/**
 * What every method would train on the matrices that an entry claims, from the claims alone: cheap enough to be asked at each movement of the
 * pointer. `compareMethods` judges a whole recipe instead.
 */
import type { ModuleTable } from '../architectures/types.ts';
import { hasRank, methodOf, methods } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { Claim } from './types.ts';

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
 * otherwise. `claims`: of one entry.
 */
export function sideBySide(claims: readonly Claim[], table: ModuleTable, ranks?: readonly number[]): SideBySide[] {
  if (claims.length === 0) return [];
  const groups = grouped(claims);
  return Object.values<Method>(methods).flatMap((method) => {
    if (method.kind === 'parameters') return [wholeModel(method, table)];
    const usual = method.rankIsBlocks ? undefined : method.fields.find(({ name }) => name === 'rank')?.default;
    const forms = method.forms ?? [{ label: '', options: {} }];
    return forms.flatMap(({ label, options: own }) => {
      const options = { ...defaultsOf(method), ...own };
      if (usual === undefined)
        return [row(method, label, () => ({ rank: 0, alpha: 0, options }), claims, groups, false)];
      return (ranks ?? [undefined]).map((rank) => {
        const settingsOf = ({ settings }: Claim): MatrixSettings => {
          const r = rank ?? (settings.rank || Number(usual));
          return { rank: r, alpha: r, options };
        };
        return row(method, label, settingsOf, claims, groups, true);
      });
    });
  });
}

/** The entry as it is. */
export function presentRow(claims: readonly Claim[]): SideBySide | undefined {
  const method = methodOf(claims[0]?.entry.method ?? '');
  if (method?.kind !== 'matrices') return undefined;
  return row(method, '', ({ settings }) => settings, claims, grouped(claims), hasRank(method));
}

interface Group {
  claim: Claim;
  count: number;
}

/** Claims whose counts are the same. */
function grouped(claims: readonly Claim[]): Group[] {
  const groups = new Map<string, Group>();
  for (const claim of claims) {
    const { module, settings, trainable } = claim;
    const key = `${module.m} ${module.n} ${module.kind} ${module.bias} ${settings.rank} ${trainable}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { claim, count: 1 });
  }
  return [...groups.values()];
}

const defaultsOf = ({ fields }: Method): Record<string, unknown> =>
  Object.fromEntries(fields.flatMap((field) => (field.default === undefined ? [] : [[field.name, field.default]])));

function row(
  method: Method,
  form: string,
  settingsOf: (claim: Claim) => MatrixSettings,
  claims: readonly Claim[],
  groups: readonly Group[],
  ranked: boolean,
): SideBySide {
  const set = groups.map(({ claim, count }) => ({ claim, count, settings: settingsOf(claim) }));
  const sum = (value: (claim: Claim, settings: MatrixSettings) => number) =>
    set.reduce((total, { claim, count, settings }) => total + count * value(claim, settings), 0);
  const largest = (value: (claim: Claim, settings: MatrixSettings) => number) =>
    Math.max(...set.map(({ claim, settings }) => value(claim, settings)));
  const [first] = set;
  const { module: one } = first!.claim;
  const fits =
    (!method.equalShapes || set.every(({ claim: { module } }) => module.m === one.m && module.n === one.n)) &&
    set.every(({ claim, settings }) => method.check(claim.module, settings).length === 0);
  const once = method.tied?.(one, first!.settings) ?? 0;
  const trainable = once + sum(({ module }, settings) => method.trainable(module, settings));
  const entryFactors = method.entryFactors?.(
    claims.map(({ module }) => module),
    first!.settings,
  );
  const frozen = sum(({ module }, settings) => method.heldFactors?.(module, settings) ?? 0) + (entryFactors ?? 0);
  const rank = largest((_, settings) => settings.rank);
  return {
    method,
    form,
    rank: ranked && rank > 0 ? rank : undefined,
    trainable: fits ? trainable : undefined,
    adapterBytes: 4 * (trainable + frozen),
    sharedBytes: sum(({ module }, settings) => method.sharedBytes(module, settings)),
    updateRank: largest(({ module }, settings) => method.updateRank(module, settings)),
  };
}

/** Methods that train the model's own parameters are compared as they are by themselves. */
function wholeModel(method: Method, { modules, totalParameters }: ModuleTable): SideBySide {
  const none = { rank: 0, alpha: 0, options: {} };
  const own = modules.filter(({ tiedTo }) => tiedTo === undefined);
  const trainable = own.reduce((sum, module) => sum + method.trainable(module, none), 0);
  return {
    method,
    form: '',
    rank: undefined,
    trainable: trainable === 0 ? undefined : trainable,
    adapterBytes: 4 * (method.result === 'model' ? totalParameters : trainable),
    sharedBytes: 0,
    updateRank: Math.max(0, ...own.map((module) => method.updateRank(module, none))),
  };
}
