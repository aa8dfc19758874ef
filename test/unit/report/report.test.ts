import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { reportHtml } from '../../../server/report/html.ts';
import { reportMarkdown } from '../../../server/report/markdown.ts';
import { type ReportRun, reportOf } from '../../../server/report/model.ts';
import { paretoScene } from '../../../server/report/pareto.ts';
import { svgFile } from '../../../server/report/svg.ts';
import { evaluation, recipeText, reportRun, step, unfinished, warning } from './helpers.ts';

const made = '2026-01-02T03:04:05.000Z';
const report = (runs: ReportRun[], title = 'Ranks') => reportOf(runs, { title, made });
const failure = { code: 'out-of-memory', message: 'Not enough memory.', kind: 'runtime' as const };

const runs = [
  reportRun({
    id: 'r2-s1',
    rank: 2,
    seed: 1,
    trainable: 100,
    accuracy: 0.81,
    events: [step(1, 0.7), evaluation(1, 0.81), warning(0, 'Odd.')],
  }),
  reportRun({ id: 'r2-s2', rank: 2, seed: 2, trainable: 100, accuracy: 0.83, events: [warning(0, 'Odd.')] }),
  reportRun({ id: 'r8', rank: 8, trainable: 400, accuracy: 0.91 }),
  reportRun({ id: 'dora', method: 'dora', rank: 4, trainable: 300, accuracy: 0.8, rate: 0.01 }),
  reportRun({ id: 'half', rank: 16, record: unfinished, events: [step(1, 0.7), evaluation(5, 0.6)] }),
  reportRun({ id: 'failed', rank: 32, record: { ...unfinished, state: 'failed', error: failure } }),
  reportRun({ id: 'gone', recipe: undefined, record: { ...unfinished, state: 'missing', pinned: undefined as never } }),
];

test('as Markdown', () => {
  const golden = path.join(import.meta.dirname, '../../fixtures/report/report.md');
  expect(reportMarkdown(report(runs))).toBe(readFileSync(golden, 'utf8'));
});

test('as HTML: whole, with charts, and nothing from elsewhere', () => {
  const html = reportHtml(report(runs));
  expect(unbalanced(html)).toEqual([]);
  expect(html.match(/<svg /g)).toHaveLength(2); // DoRA has no curves
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|url\(|@import|<script|<img|<link|src=/,
  );
  expect(html).not.toContain('NaN');
});

test('what was not measured is not the best; folders with spaces are whole', () => {
  const lost = { loss: 0.4, metrics: {} };
  const bare = reportRun({ id: 'bare', rank: 4, record: { result: { ...runs[0]!.compared, adapted: lost } as never } });
  const spaced = reportRun({
    id: 'r2',
    recipe: recipeText({ id: 'r2' })
      .replace('/somewhere/data/', '"/my files/my data/')
      .replace('train.jsonl', 'train.jsonl"'),
  });
  const { configurations, subject } = report([bare, spaced]);
  const accuracy = configurations.head.indexOf('accuracy');
  expect(configurations.rows.map(({ cells, strong }) => [cells[accuracy], strong.includes(accuracy)])).toEqual([
    ['0.9', false],
    ['–', false],
  ]);
  expect(subject).toContainEqual(['Training data', 'data/train.jsonl, my data/train.jsonl']);
});

const hostile = '"><script>alert(1)</script>&`|*x*\n# y';

test.each([['html'], ['md'], ['svg']])('hostile names stay text in %s', (form) => {
  const run = reportRun({
    id: 'a',
    method: hostile,
    recipe: undefined,
    record: { model: hostile, error: { ...failure, message: hostile } },
  });
  const all = report([run], hostile);
  const text = {
    html: () => reportHtml(all),
    md: () => reportMarkdown(all),
    svg: () => svgFile(paretoScene(all.groups, 'accuracy', size)),
  }[form]!();
  expect(text).not.toContain('<script');
  if (form === 'md') expect(text).not.toMatch(/^# y|[^\\]\|\*x/m);
  else expect(unbalanced(text.replace(/^<\?xml.*\n/, ''))).toEqual([]);
});

test('a recipe does not close its fence', () => {
  const recipe = `adapters: [] # \`\`\`\`\n`;
  expect(reportMarkdown(report([reportRun({ id: 'a', recipe })]))).toContain('`````yaml\nadapters');
});

const size = { width: 600, height: 400, legend: true };

test('the chart has a point a configuration, bars over seeds, a front, and hollow points for the unfinished', () => {
  const { groups } = report(runs);
  const { shapes, places } = paretoScene(groups, 'accuracy', size);
  const marks = shapes.flatMap((shape) => (shape.kind === 'mark' && shape.key !== undefined ? [shape] : []));
  expect(marks).toHaveLength(3); // nothing says what the unfinished ones train
  expect(places.map(({ at }) => at.x)).toEqual(places.map(({ at }) => at.x).toSorted((a, b) => a - b));
  const vertical = shapes.filter(
    (s) => s.kind === 'line' && typeof s.ink === 'number' && s.points[0]!.x === s.points[1]?.x,
  );
  expect(vertical).toHaveLength(1);
  const front = shapes.find((shape) => shape.kind === 'line' && shape.ink === 'front')!;
  expect('points' in front && front.points.length).toBe(4); // r2, a step up to r8, on to the edge
});

test('the line of a method joins the best of each size', () => {
  const rates = [0.1, 0.2, 0.3].map((rate, i) =>
    reportRun({ id: `r${i}`, rank: 2, rate, trainable: 100, accuracy: [0.6, 0.8, 0.7][i]! }),
  );
  const { groups } = report([...rates, reportRun({ id: 'r8', rank: 8, trainable: 400, accuracy: 0.9 })]);
  const { shapes, places } = paretoScene(groups, 'accuracy', size);
  const best = places.find(({ key }) => groups.find((group) => group.key === key)!.runs[0]!.id === 'r1')!;
  const line = shapes.find((s) => s.kind === 'line' && s.width === 1.25);
  expect(line).toMatchObject({ points: [best.at, places.at(-1)!.at] });
});

test.each([
  [
    [0.5, 0.3, 0.2],
    ['0.3', '0.5'],
  ],
  [
    [50, 0.5, 0.3],
    ['1', '10'],
  ],
])('losses %j have ticks at %j: a diverged one takes no room from the others', (losses, ticks) => {
  const made = losses.map((loss, i) =>
    reportRun({
      id: `r${i}`,
      rank: 2 ** i,
      trainable: 100 * 2 ** i,
      record: {
        result: { ...runs[0]!.compared, trainableParameters: 100 * 2 ** i, adapted: { loss, metrics: {} } } as never,
      },
    }),
  );
  const { shapes } = paretoScene(report(made).groups, 'loss', size);
  const texts = shapes.flatMap((s) => (s.kind === 'text' && s.anchor === 'end' ? [s.text] : []));
  expect(texts).toEqual(expect.arrayContaining(ticks));
  const [, second, third] = shapes.flatMap((s) => (s.kind === 'mark' && s.key !== undefined ? [s.at.y] : []));
  expect(third! - second!).toBeGreaterThan(20);
});

test('an unfinished configuration is hollow', () => {
  const started = {
    time: made,
    event: 'started',
    run: 'x',
    totalSteps: 9,
    trainableParameters: 50,
    allParameters: 100,
  } as const;
  const run = reportRun({ id: 'a', record: unfinished, events: [started as never, evaluation(1, 0.5)] });
  const marks = paretoScene(report([run]).groups, 'accuracy', size).shapes.filter((s) => s.kind === 'mark' && s.key);
  expect(marks).toMatchObject([{ hollow: true }]);
});

test('without any measurement the chart says so', () => {
  const { shapes } = paretoScene(report([runs[5]!]).groups, 'accuracy', size);
  expect(shapes).toContainEqual(expect.objectContaining({ text: 'No run has measured accuracy yet.' }));
});

test('other validation data makes numbers that do not compare', () => {
  const other = reportRun({ id: 'x', recipe: runs[0]!.recipe!.replace('dev.jsonl', 'test.jsonl') });
  expect(report([runs[0]!, other]).warnings.join()).toContain('different validation data');
});

/** Tags that are not closed, or close what is not open. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  for (const [, end, tag] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*)?>/g)) {
    if (tag === 'meta') continue;
    if (!end) open.push(tag!);
    else if (open.at(-1) === tag) open.pop();
    else return [`</${tag}> in <${open.at(-1)}>`];
  }
  return open;
}
