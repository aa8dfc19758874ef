/** What differs between two saved adapters: configuration, counts, and the changes that they make. */
import { isDeepStrictEqual } from 'node:util';
import { readAdapterConfig } from '../checkpoint/peft.ts';
import { entryOf } from '../checkpoint/saved-adapter.ts';
import type { Comparison, Inspection } from '../protocol/inspect.ts';
import { productAt, type SavedEntry, settingsAt } from './numbers.ts';
import { cosine } from './products.ts';
import { type AdapterTensors, openAdapterTensors } from './tensors.ts';

/** Reads the factors of matrices that both adapt once more, one at a time. */
export function compareAdapters(first: Inspection, second: Inspection): Comparison {
  const names = (one: Inspection) => new Set(one.matrices.map(({ name }) => name));
  const [inFirst, inSecond] = [names(first), names(second)];
  const angles = anglesOf(first, second);
  try {
    return {
      fields: differences(first, second),
      onlyFirst: [...inFirst].filter((name) => !inSecond.has(name)),
      onlySecond: [...inSecond].filter((name) => !inFirst.has(name)),
      both: first.matrices.flatMap((matrix) => {
        const other = second.matrices.find(({ name }) => name === matrix.name);
        if (!other) return [];
        const products = matrix.of === 'update' && other.of === 'update';
        const alike = products && isDeepStrictEqual(matrix.shape, other.shape);
        const angle = alike ? { cosine: angles.at(matrix.name) } : {};
        return [{ name: matrix.name, first: matrix.norm, second: other.norm, ...angle }];
      }),
    };
  } finally {
    angles.close();
  }
}

function anglesOf(first: Inspection, second: Inspection) {
  const opened: AdapterTensors[] = [];
  const factorsOf = (one: Inspection) => {
    if (!one.file || !one.method) return () => undefined;
    const tensors = openAdapterTensors(one.path);
    opened.push(tensors);
    const entry: SavedEntry = entryOf(readAdapterConfig(one.path), one.path);
    const settings = settingsAt(entry, [...tensors.modules.keys()]);
    return (module: string) => {
      const product = productAt(entry, settings?.(module));
      return product && tensors.factors(module, product);
    };
  };
  const [a, b] = [factorsOf(first), factorsOf(second)];
  return {
    at(module: string): number | null {
      const [x, y] = [a(module), b(module)];
      return (x && y && cosine(x, y)) ?? null;
    },
    close() {
      for (const one of opened) one.close();
    },
  };
}

function differences(first: Inspection, second: Inspection): Comparison['fields'] {
  const [a, b] = [facts(first), facts(second)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isDeepStrictEqual(a[name], b[name]))
    .map((name) => ({ name, first: a[name] ?? null, second: b[name] ?? null }));
}

/** By the names of a recipe, where it has them. */
const facts = (one: Inspection): Record<string, unknown> => ({
  method: one.method?.id ?? one.peftType,
  base: one.base.name,
  'base weights': one.base.sha256,
  task: one.task,
  target_modules: one.targets,
  exclude_modules: one.excluded,
  layers_to_transform: one.layers,
  rank: one.rank,
  alpha: one.alpha,
  rank_pattern: some(one.rankPattern),
  alpha_pattern: some(one.alphaPattern),
  ...one.options,
  modules_to_save: one.modulesToSave.length > 0 ? one.modulesToSave : undefined,
  'trainable parameters': one.trainable?.parameters,
  'parameters in the file': one.file?.parameters,
  'bytes of the file': one.file?.bytes,
  dtypes: one.file && Object.keys(one.file.dtypes).sort().join(', '),
});

const some = (pattern: Record<string, number>) => (Object.keys(pattern).length > 0 ? pattern : undefined);
