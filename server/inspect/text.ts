/** Inspections as lines for people: in the terminal and as a document of the editor. */
import { bytes, count } from '../base/units.ts';
import type { Comparison, InspectFinding, Inspection, InspectMatrix } from '../protocol/inspect.ts';
import type { PreviewSpan, PreviewStyle } from '../protocol/preview.ts';

type Line = PreviewSpan[];

/** Lines of a comparison's matrices; JSON has all. */
const mostRows = 400;
const widestBar = 12;

const line = (style: PreviewStyle, text: string): Line => [[style, text]];

export function inspectionLines(adapters: readonly Inspection[], columns = 100): Line[] {
  return adapters.flatMap((one, i) => [...(i > 0 ? [line('plain', '')] : []), ...adapterLines(one, columns)]);
}

function adapterLines(one: Inspection, columns: number): Line[] {
  const title = `${one.name}: ${one.method?.title ?? one.peftType}`;
  return [
    line('heading', title),
    ...pairs(factsOf(one)),
    ...normLines(one.matrices, columns),
    ...tensorLines('Shared by all matrices, and their norms', one.shared),
    ...tensorLines('Parameters of the base in the file, and their norms', one.whole),
    ...findingLines(one.findings),
  ];
}

function factsOf(one: Inspection): [string, string | undefined][] {
  const { base, rank, alpha, trainable, file, rankPattern, alphaPattern, options } = one;
  const sizes = [rank !== undefined && `rank ${rank}`, alpha !== undefined && `alpha ${alpha}`];
  const settings = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  const layers = new Set(one.matrices.flatMap(({ layer }) => layer ?? []));
  const where = layers.size > 0 ? ` in ${count(layers.size)} layer${layers.size === 1 ? '' : 's'}` : '';
  return [
    ['folder', one.path],
    [
      'method',
      [one.method ? `${one.method.title} (${one.peftType})` : one.peftType, ...sizes].filter(Boolean).join(', '),
    ],
    ['ranks', patternText(rankPattern)],
    ['alphas', patternText(alphaPattern)],
    ['settings', settings.join(', ') || undefined],
    ['base', base.name && `${base.name}${base.revision ? ` at ${base.revision}` : ''}`],
    ['', base.dir && base.dir !== base.name ? base.dir : undefined],
    ['', baseText(base)],
    ['task', one.task],
    ['targets', listed(one.targets)],
    ['excluded', listed(one.excluded)],
    ['layers', one.layers?.join(', ')],
    ['adapts', one.matrices.length > 0 ? `${count(one.matrices.length)} matrices${where}` : undefined],
    ['saved whole', one.modulesToSave.join(', ') || undefined],
    [
      'trainable',
      trainable && `${count(trainable.parameters)} of ${count(trainable.all)} (${trainable.percent.toPrecision(4)}%)`,
    ],
    [
      'file',
      file &&
        `${bytes(file.bytes)}, ${count(file.parameters)} numbers in ${count(file.tensors)} tensors, ${Object.keys(file.dtypes).sort().join(', ')}`,
    ],
    ['unknown fields', one.unknown.join(', ') || undefined],
    ['recipe', one.recipe],
  ];
}

function baseText({ dir, sha256, weights }: Inspection['base']): string {
  const digest = sha256 === undefined ? '' : ` (SHA-256 ${sha256.slice(0, 16)}…)`;
  const here = dir === undefined ? 'not on this machine' : 'on this machine';
  switch (weights) {
    case 'same':
      return `${here}, with the weights that it was trained on${digest}`;
    case 'other':
      return `${here}, with other weights than it was trained on${digest}`;
    case 'not-compared':
      return `${here}; its weights were not compared with those recorded${digest}`;
    case 'not-recorded':
      return `${here}; the adapter does not record which weights it was trained on`;
  }
}

const patternText = (pattern: Record<string, number>): string | undefined =>
  Object.entries(pattern)
    .slice(0, 20)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ') || undefined;

const listed = (names: string | string[] | undefined): string | undefined =>
  Array.isArray(names) ? names.join(', ') : names;

/** What has no value is left out; a continuation has no label. */
function pairs(rows: readonly [string, string | undefined][]): Line[] {
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(
    ([label, value]): Line => [
      ['dim', `${label.padEnd(width)}  `],
      ['plain', value],
    ],
  );
}

/** A row a layer, a column a kind of module, each with a bar; long tables of many kinds have shorter bars, or none. */
function normLines(matrices: readonly InspectMatrix[], columns: number): Line[] {
  if (matrices.length === 0) return [];
  const kinds = [...new Set(matrices.map(({ kind }) => kind))];
  const titles = shortest(kinds);
  const layers = [...new Set(matrices.map(({ layer }) => layer ?? -1))].sort((a, b) => a - b);
  const largest = Math.max(0, ...matrices.map(({ norm }) => norm ?? 0));
  const room = Math.floor((columns - 7) / kinds.length) - 2;
  const bar = Math.max(0, Math.min(widestBar, room - 9));
  const cellOf = (matrix: InspectMatrix | undefined): string => {
    if (!matrix) return '';
    const value = matrix.norm === null ? 'not finite' : figure(matrix.norm);
    return bar > 0 && matrix.norm !== null ? `${value.padEnd(8)} ${barOf(matrix.norm / (largest || 1), bar)}` : value;
  };
  const byPlace = new Map(matrices.map((matrix) => [`${matrix.layer ?? -1} ${matrix.kind}`, matrix]));
  const rows = [
    ['layer', ...titles],
    ...layers.map((layer) => [
      layer < 0 ? '–' : String(layer),
      ...kinds.map((kind) => cellOf(byPlace.get(`${layer} ${kind}`))),
    ]),
  ];
  return [
    line('plain', ''),
    line('heading', `Norms: ${meaning(matrices)}`),
    ...aligned(rows).map((text, i) => line(i === 0 ? 'dim' : 'plain', text)),
  ];
}

function meaning(matrices: readonly InspectMatrix[]): string {
  const updates = matrices.filter(({ of }) => of === 'update').length;
  if (updates === matrices.length) return '‖ΔW‖, the change of each matrix';
  return updates === 0
    ? "of each matrix's tensors together"
    : '‖ΔW‖ where the change is a product, else of the tensors';
}

function tensorLines(title: string, tensors: Inspection['whole']): Line[] {
  if (tensors.length === 0) return [];
  const rows = tensors.map(({ name, shape, norm }) => [
    name,
    shape.join(' × '),
    norm === null ? 'not finite' : figure(norm),
  ]);
  return [line('plain', ''), line('heading', title), ...aligned(rows).map((text) => line('plain', text))];
}

function findingLines(findings: readonly InspectFinding[]): Line[] {
  if (findings.length === 0) return [line('plain', ''), line('plain', 'No findings.')];
  return [
    line('plain', ''),
    line('heading', findings.length === 1 ? '1 finding' : `${findings.length} findings`),
    ...findings.map(
      ({ severity, code, message, field }): Line => [
        [severity === 'information' || severity === 'hint' ? 'dim' : 'warning', `${severity}[${code}]`],
        ['plain', `${field !== undefined && !message.includes(field) ? ` ${field}:` : ''} ${message}`],
      ],
    ),
  ];
}

export function comparisonLines(
  first: Inspection,
  second: Inspection,
  { fields, onlyFirst, onlySecond, both }: Comparison,
): Line[] {
  const rows = fields.map(({ name, first: a, second: b }) => [name, valueText(a), valueText(b)]);
  const places = ['folder', first.path, second.path];
  const norms = both
    .slice(0, mostRows)
    .map((row) => [
      row.name,
      row.first === null ? 'not finite' : figure(row.first),
      row.second === null ? 'not finite' : figure(row.second),
      row.cosine === undefined ? '' : row.cosine === null ? '–' : row.cosine.toFixed(4),
    ]);
  const only = (names: readonly string[], which: string): Line[] =>
    names.length === 0
      ? []
      : [
          line(
            'plain',
            `Only the ${which} adapts ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}.`,
          ),
        ];
  const angles = both.some(({ cosine }) => cosine !== undefined);
  const kinds = [first, second].map(({ matrices }) => meaning(matrices));
  const alike = kinds[0] === kinds[1];
  return [
    line(
      'heading',
      `${first.name} and ${second.name}: ${rows.length === 0 ? 'the configurations are the same' : 'what differs'}`,
    ),
    ...aligned([['', 'first', 'second'], places, ...rows]).map((text, i) => line(i === 0 ? 'dim' : 'plain', text)),
    line('plain', ''),
    line(
      'heading',
      `${count(both.length)} matrices that both adapt${norms.length === 0 ? '' : alike ? `, and norms: ${kinds[0]}` : ', and norms of two kinds, which do not compare'}`,
    ),
    ...(norms.length === 0 || alike ? [] : [line('dim', `first: ${kinds[0]}`), line('dim', `second: ${kinds[1]}`)]),
    ...(norms.length > 0
      ? aligned([['matrix', 'first', 'second', angles ? 'cosine' : ''], ...norms]).map((text, i) =>
          line(i === 0 ? 'dim' : 'plain', text),
        )
      : []),
    ...(both.length > mostRows ? [line('dim', `… and ${both.length - mostRows} more`)] : []),
    ...only(onlyFirst, 'first'),
    ...only(onlySecond, 'second'),
  ];
}

const valueText = (value: unknown): string =>
  value === null
    ? '–'
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? count(value)
        : String(value)
      : typeof value === 'string'
        ? value
        : Array.isArray(value)
          ? value.join(', ')
          : JSON.stringify(value);

/** Four digits. */
const figure = (x: number): string => (x === 0 ? '0' : x < 1e-3 || x >= 1e4 ? x.toExponential(2) : x.toPrecision(4));

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function barOf(fraction: number, width: number): string {
  const all = Math.round(8 * width * Math.min(1, Math.max(0, fraction)));
  return '█'.repeat(Math.floor(all / 8)) + eighths[all % 8];
}

/** The last parts of names, as few as keep them apart. */
export function shortest(names: readonly string[]): string[] {
  return names.map((name) => {
    const parts = name.split('.');
    for (let n = 1; n < parts.length; n++) {
      const end = parts.slice(-n).join('.');
      if (names.filter((other) => other === end || other.endsWith(`.${end}`)).length === 1) return end;
    }
    return name;
  });
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}
