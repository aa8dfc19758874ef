/** What a method learned, as a message of bounded size. */
import { encodeFloats } from '../../base/floats.ts';
import type { LearnedPart, SpectrumLearned } from '../../protocol/spectrum.ts';
import {
  binned,
  binnedTable,
  binOf,
  type Learned,
  type LearnedItem,
  largestOf,
  summaryOf,
  tableLimit,
  vectorLimit,
} from '../../spectrum/learned.ts';

export const learnedItem = (matrix: string, method: string, { items, rank }: Learned): SpectrumLearned => ({
  type: 'learned',
  matrix,
  method,
  ...(rank !== undefined && { rank }),
  parts: items.map(partOf),
});

function partOf(item: LearnedItem): LearnedPart {
  const { title, about, neutral } = item;
  const numbers = { title, about, neutral, ...summaryOf(item), largest: largestOf(item) };
  if (item.kind === 'vector') {
    const { index, values, beside = [] } = item;
    const bin = binOf(values.length, vectorLimit);
    const encoded = (numbers: ArrayLike<number>, from = neutral) =>
      encodeFloats(binned({ values: numbers, neutral: from }, bin));
    const curves = beside.map((curve) => ({ title: curve.title, values: encoded(curve.values, 0) }));
    return { kind: 'vector', ...numbers, index, length: values.length, bin, values: encoded(values), beside: curves };
  }
  const { rows, columns, shape } = item;
  const bin: [number, number] = [binOf(shape[0], tableLimit), binOf(shape[1], tableLimit)];
  const values = encodeFloats(binnedTable(item, bin));
  return { kind: 'table', ...numbers, rows, columns, shape: [...shape], bin, values };
}
