import { compareAdapters } from '../inspect/compare.ts';
import { inspectFolder } from '../inspect/inspect.ts';
import { comparisonLines, inspectionLines } from '../inspect/text.ts';
import type { Job } from './types.ts';

/** Reads an adapter's files and its base's headers; loads no engine. */
export const run: Job<'inspect'> = async (params) => {
  const { adapter, other: second, columns } = params;
  const adapters = await inspectFolder(adapter, params);
  if (second === undefined) return { adapters, lines: inspectionLines(adapters, columns) };
  const other = await inspectFolder(second, params);
  const comparison = compareAdapters(adapters[0]!, other[0]!);
  const each = inspectionLines([adapters[0]!, other[0]!], columns);
  const lines = [...comparisonLines(adapters[0]!, other[0]!, comparison), [], ...each];
  return { adapters, other, comparison, lines };
};
