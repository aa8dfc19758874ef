/** The first samples of data files as the model will see them, and counts over the first rows. */
import { readRows } from '../datafiles/formats.ts';
import { noRows } from '../datafiles/head.ts';
import type { Preview, PreviewCounts, PreviewSample } from '../protocol/preview.ts';
import type { EncodeOptions } from './encode.ts';
import { PackedExamples } from './packing.ts';
import { pieces } from './pieces.ts';
import { openRows } from './rows.ts';
import { labelKind } from './tasks.ts';
import type { Tokenizer } from './tokenizer.ts';
import { type Example, type Examples, ignored, type Labels, type LazyImage } from './types.ts';

/** Rows that are counted; a preview of any file takes a moment. */
const counted = 1000;

export interface PreviewOptions {
  split: Preview['split'];
  samples: number;
  packing: boolean;
  /** For the texts of tokens that come from the data as numbers; undefined where there is none. */
  tokenizerIfAny(): Tokenizer | undefined;
}

/** Throws what `encodeFiles` throws of the rows that it looks at; data without anything to learn from has no samples. */
export async function previewFiles(
  patterns: string | readonly string[],
  options: EncodeOptions,
  { split, samples, packing, tokenizerIfAny }: PreviewOptions,
): Promise<Preview> {
  const source = await openRows(patterns, options);
  const examples: Example[] = [];
  const sources: { file: string; line: number }[] = [];
  let rows = 0;
  let whole = true;
  read: for (const file of source.files)
    for await (const row of readRows(file, { columns: Object.values(source.layout.columns) })) {
      if (rows === counted) {
        whole = false;
        break read;
      }
      rows++;
      const example = source.encode(row);
      if (!example) continue;
      examples.push(example);
      sources.push({ file: row.file, line: row.line });
    }
  if (rows === 0) throw noRows(source.files);
  const { labelNames, classes } = source.classes();
  if (classes) for (const example of examples) example.labels = example.labels.map((label) => classes[label]!);
  const packed = packing ? new PackedExamples(examples, options.maxLength) : undefined;
  const shown: Examples = packed ?? examples;
  const tokenizer = tokenizerIfAny();
  return {
    task: options.task,
    split,
    files: source.files,
    columns: source.layout.columns,
    maxLength: options.maxLength,
    packing,
    counts: {
      ...counts(examples, options, labelNames),
      rows,
      whole,
      truncated: source.counted.get('rows-truncated') ?? 0,
      empty: source.counted.get('rows-empty') ?? 0,
      ...(packed && { packedRows: packed.length }),
    },
    warnings: source.warnings(rows),
    samples: Array.from({ length: Math.min(samples, shown.length) }, (_, i): PreviewSample => {
      const numbers = packed ? packed.numbersOf(i) : [i];
      const sample = sampleOf(shown.at(i)!, options, tokenizer);
      const className = labelKind(options.task) === 'class' ? labelNames?.[sample.labels[0]!] : undefined;
      return { ...sample, sources: numbers.map((n) => sources[n]!), ...(className !== undefined && { className }) };
    }),
  };
}

function sampleOf(
  { ids, image, mask, typeIds, positions, labels }: Example,
  { task }: EncodeOptions,
  tokenizer: Tokenizer | undefined,
): Omit<PreviewSample, 'sources' | 'className'> {
  const input_ids = [...ids];
  return {
    input_ids,
    ...(image && { image: aboutImage(image) }),
    attention_mask: mask ? [...mask] : input_ids.map(() => 1),
    ...(typeIds && { token_type_ids: [...typeIds] }),
    ...(positions && { position_ids: [...positions] }),
    labels: [...labels],
    texts: tokenizer ? pieces(tokenizer, ids) : input_ids.map(() => null),
    special: specialPlaces(ids, tokenizer),
    loss: lossPlaces(labels, task),
    ...(labelKind(task) === 'target-token' && {
      target_texts: tokenizer ? pieces(tokenizer, labels) : [...labels].map(() => null),
      target_special: specialPlaces(labels, tokenizer),
    }),
  };
}

const specialPlaces = (ids: Labels, tokenizer: Tokenizer | undefined): number[] =>
  tokenizer ? [...ids.keys()].filter((i) => tokenizer.special(ids[i]!) !== undefined) : [];

function aboutImage(image: LazyImage): NonNullable<PreviewSample['image']> {
  const pixels = image.pixels();
  const end = (pick: (a: number, b: number) => number) => pixels.reduce((a, b) => pick(a, b), pixels[0]!);
  return { shape: image.shape, range: [end(Math.min), end(Math.max)] };
}

/** Of causal models: the first token has nothing before it that could predict it. */
function lossPlaces(labels: Labels, task: EncodeOptions['task']): number[] {
  if (labelKind(task) !== 'next-token') return [];
  return [...labels.keys()].filter((i) => i > 0 && labels[i] !== ignored);
}

function counts(
  examples: readonly Example[],
  { task, numLabels }: EncodeOptions,
  labelNames: readonly string[] | undefined,
): Pick<PreviewCounts, 'examples' | 'tokens' | 'lengths' | 'lossShare' | 'classes'> {
  const lengths = examples.map(({ ids }) => ids.length).sort((a, b) => a - b);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const all = {
    examples: examples.length,
    tokens,
    lengths: { min: lengths[0] ?? 0, median: lengths[lengths.length >> 1] ?? 0, max: lengths.at(-1) ?? 0 },
  };
  if (labelKind(task) === 'next-token') {
    const loss = examples.reduce((sum, { labels }) => sum + lossPlaces(labels, task).length, 0);
    return { ...all, lossShare: tokens === 0 ? 0 : loss / tokens };
  }
  if (labelKind(task) !== 'class') return all;
  const classes: Record<string, number> = {};
  for (let label = 0; label < (numLabels ?? 0); label++) classes[labelNames?.[label] ?? label] = 0;
  for (const { labels } of examples) {
    const name = labelNames?.[labels[0]!] ?? labels[0]!;
    classes[name] = (classes[name] ?? 0) + 1;
  }
  return { ...all, classes };
}
