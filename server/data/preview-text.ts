/** A preview for people: a heading, what was counted, then each sample token by token. */
import path from 'node:path';
import { count, percent } from '../base/units.ts';
import { place } from '../datafiles/place.ts';
import type { Preview, PreviewSample, PreviewSpan } from '../protocol/preview.ts';

type Line = PreviewSpan[];
type Tokens = Pick<PreviewSample, 'texts' | 'input_ids' | 'special' | 'loss'>;

/** Lines of at most `columns` characters where tokens can be broken; file names are shown from `cwd` on. */
export function previewLines(
  preview: Preview,
  { ids = false, columns = 100, cwd }: { ids?: boolean; columns?: number; cwd: string },
): Line[] {
  const short = (file: string) => shortName(file, cwd);
  const body = preview.samples.flatMap((sample, i) => [
    [],
    ...sampleLines(sample, i, preview, { ids, columns, short }),
  ]);
  return [...heading(preview, short), ...body, ...legend(preview)];
}

function heading(
  { split, files, task, columns, maxLength, packing, counts, warnings }: Preview,
  short: (f: string) => string,
): Line[] {
  const named = task === 'image-classification' && files.length > 3 ? within(files, short) : listed(files, short);
  const roles = Object.entries(columns).map(([role, column]) => (role === column ? role : `${role} = ${column}`));
  const { rows, whole, examples, tokens, lengths, truncated, empty, lossShare, packedRows, classes } = counts;
  const facts: [string, string | undefined][] = [
    ['rows', whole ? count(rows) : `the first ${count(rows)}`],
    ['examples', `${count(examples)}${empty > 0 ? `; ${some(empty, 'row')} without anything to learn from` : ''}`],
    [
      'tokens',
      tokens === 0
        ? undefined
        : `${count(tokens)}; ${count(lengths.min)} to ${count(lengths.max)} an example, median ${count(lengths.median)}`,
    ],
    ['cut', truncated > 0 ? `${some(truncated, 'row')} of more than ${count(maxLength)} tokens` : undefined],
    ['loss', lossShare === undefined ? undefined : `on ${percent(lossShare)} of the tokens`],
    [
      'classes',
      classes &&
        Object.entries(classes)
          .map(([name, n]) => `${oneLine(name)} ${count(n)}`)
          .join(', '),
    ],
    [
      'packed',
      packedRows === undefined
        ? undefined
        : `into ${some(packedRows, 'row')}, ${percent(1 - tokens / Math.max(1, packedRows * maxLength))} of them padding`,
    ],
  ];
  return [
    [['heading', `${split === 'train' ? 'Training' : 'Validation'} data: ${named}`]],
    [
      [
        'dim',
        `${task} · ${roles.join(', ')}${tokens === 0 ? '' : ` · at most ${count(maxLength)} tokens a row`}${packing ? ' · packed' : ''}`,
      ],
    ],
    [],
    ...facts.flatMap(([name, value]): Line[] =>
      value === undefined
        ? []
        : [
            [
              ['dim', name.padEnd(10)],
              ['plain', value],
            ],
          ],
    ),
    ...warnings
      .filter(({ code }) => code !== 'rows-truncated' && code !== 'rows-empty')
      .map(({ message }): Line => [['warning', message]]),
  ];
}

const listed = (files: readonly string[], short: (file: string) => string): string =>
  files.slice(0, 3).map(short).join(', ') + (files.length > 3 ? ` and ${count(files.length - 3)} more` : '');

/** Of many images the folder that all lie in. */
function within(files: readonly string[], short: (file: string) => string): string {
  let folder = path.dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder + path.sep)) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return `${short(folder)}, ${count(files.length)} files`;
}

function sampleLines(
  sample: PreviewSample,
  i: number,
  { packing, counts }: Preview,
  { ids, columns, short }: { ids: boolean; columns: number; short: (file: string) => string },
): Line[] {
  const { input_ids, image, sources, target_texts } = sample;
  const at = ({ file, line }: PreviewSample['sources'][number]) => place({ file: short(file), line });
  const outcome = outcomeOf(sample, counts);
  const what = packing ? (sources.length === 1 ? '1 example' : `${count(sources.length)} examples`) : at(sources[0]!);
  const title: Line = [
    ['heading', `${i + 1}  ${what}`],
    ['dim', ` · ${image ? imageText(image) : `${count(input_ids.length)} tokens`}, ${outcome}`],
  ];
  const parts = packing
    ? sources.flatMap((source, number) => [
        [['dim', `   ${number + 1}  ${at(source)}`] as PreviewSpan],
        ...tokenLines(sample, partOf(sample, number + 1), columns, '      '),
      ])
    : tokenLines(sample, [0, input_ids.length], columns, '   ');
  const target = target_texts
    ? [[['dim', '   writes'] as PreviewSpan], ...tokenLines(written(sample), [0, target_texts.length], columns, '   ')]
    : [];
  return [title, ...parts, ...target, ...(ids ? numberLines(sample, columns) : [])];
}

const imageText = ({ shape, range }: NonNullable<PreviewSample['image']>): string =>
  `${shape.join(' × ')} numbers from ${range.map((end) => end.toFixed(2)).join(' to ')}`;

function outcomeOf(
  { loss, labels, className, target_texts }: PreviewSample,
  { lossShare, classes }: Preview['counts'],
): string {
  if (target_texts) return `${count(target_texts.length)} to write`;
  if (lossShare !== undefined) return `${count(loss.length)} with loss`;
  if (!classes) return `number ${labels[0]}`;
  return `class ${className === undefined ? labels[0] : `${oneLine(className)} (${labels[0]})`}`;
}

/** What a decoder of its own writes, as tokens that all carry loss. */
const written = ({ labels, target_texts, target_special = [] }: PreviewSample): Tokens => ({
  texts: target_texts!,
  input_ids: labels,
  special: target_special,
  loss: [...labels.keys()],
});

/** Where the tokens of a packed row's example stand. */
function partOf({ attention_mask }: PreviewSample, number: number): [number, number] {
  return [attention_mask.indexOf(number), attention_mask.lastIndexOf(number) + 1];
}

/** Tokens between bars, broken where the line ends or the text does. */
function tokenLines(
  { texts, input_ids, special, loss }: Tokens,
  [from, to]: [number, number],
  columns: number,
  indent: string,
): Line[] {
  const specials = new Set(special);
  const learned = new Set(loss);
  const lines: Line[] = [];
  let line: Line = [];
  let width = 0;
  const end = () => {
    if (line.length > 0) lines.push([['plain', indent], ...line]);
    line = [];
    width = 0;
  };
  for (let i = from; i < to; i++) {
    const text = texts[i] === null ? String(input_ids[i]) : visible(texts[i]!);
    // A bar before it, and the marks of special tokens and of loss.
    const taken = [...text].length + (specials.has(i) ? 3 : 1);
    if (width > 0 && indent.length + width + taken + 2 > columns) end();
    if (line.length > 0) line.push(['dim', '|']);
    line.push([styleOf(specials.has(i), learned.has(i)), text]);
    width += taken;
    if (text.endsWith('⏎')) end();
  }
  end();
  return lines;
}

const styleOf = (special: boolean, loss: boolean): PreviewSpan[0] =>
  special ? (loss ? 'special-loss' : 'special') : loss ? 'loss' : 'plain';

function numberLines(sample: PreviewSample, columns: number): Line[] {
  const names = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids', 'labels'] as const;
  return names.flatMap((name) => {
    const values = sample[name];
    if (!values) return [];
    const lines: Line[] = [];
    let text = '';
    for (const value of values) {
      const next = `${text} ${value}`;
      if (next.length > columns - 19) {
        lines.push([
          ['dim', ' '.repeat(19)],
          ['plain', text.trimStart()],
        ]);
        text = ` ${value}`;
      } else text = next;
    }
    lines.push([
      ['dim', ' '.repeat(19)],
      ['plain', text.trimStart()],
    ]);
    lines[0]![0] = ['dim', `   ${name.padEnd(16)}`];
    return lines;
  });
}

/** Tokens that stand for spaces and breaks alone can be seen, too. */
function visible(text: string): string {
  if (text === '') return '▫';
  const shown = text.replace(/\r?\n/g, '⏎').replace(/\t/g, '⇥');
  return /^ +$/.test(shown) ? '·'.repeat(shown.length) : oneLine(shown);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');

function legend({ samples }: Preview): Line[] {
  const any = (of: (sample: PreviewSample) => boolean) => samples.some(of);
  const parts: Line = [];
  const add = (style: PreviewSpan[0], mark: string, meaning: string) =>
    parts.push(...(parts.length > 0 ? [['dim', ' · '] as PreviewSpan] : []), [style, mark], ['dim', ` ${meaning}`]);
  if (any(({ loss, target_texts }) => loss.length > 0 || target_texts !== undefined))
    add('loss', 'token', 'carries loss');
  if (any(({ special, target_special = [] }) => special.length + target_special.length > 0))
    add('special', 'token', 'special');
  const texts = samples.flatMap((sample) => [...sample.texts, ...(sample.target_texts ?? [])]);
  if (texts.some((text) => text?.includes('\n'))) add('plain', '⏎', 'line break');
  if (texts.includes('')) add('plain', '▫', 'no text of its own');
  return parts.length > 0 ? [[], parts] : [];
}

const some = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`;

function shortName(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
