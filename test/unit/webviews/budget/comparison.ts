/** Small comparisons for tests. */
import type { Comparison, ComparisonRow } from '../../../../server/protocol/language.ts';

export const row = (method: string, trainable: number, updateRank: number, rest: Partial<ComparisonRow> = {}) => ({
  method,
  title: method.toUpperCase(),
  form: '',
  trainable,
  percent: trainable / 100,
  adapterBytes: 4 * trainable,
  sharedBytes: 0,
  updateRank,
  present: false,
  ...rest,
});
export const comparison = (rows: ComparisonRow[], limit?: number): Comparison => ({
  entries: [{ index: 0, name: 'lora', method: 'lora' }],
  entry: 0,
  architecture: 'LlamaForCausalLM',
  totalParameters: 10_000,
  matrices: 4,
  ...(limit !== undefined && { limit }),
  rows,
});
