import { expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { svgFile } from '../../../server/report/svg.ts';
import { averageOf, columnCurves, pointCurve } from '../../../webviews/run/curves.ts';
import { Horizontal, type ShownRun } from '../../../webviews/run/horizontal.ts';
import { RunModel } from '../../../webviews/run/model.ts';
import { pictureScene } from '../../../webviews/run/picture.ts';
import { horizontalAxis, placesOn, valueAt, verticalAxis } from '../../../webviews/run/scale.ts';
import { tableCsv, tableRows } from '../../../webviews/run/table.ts';

const began = Date.parse('2026-03-14T09:26:53Z');
const time = (seconds: number) => new Date(began + seconds * 1000).toISOString();
function runOf(name: string, losses: (number | null)[], evaluations: [number, number][] = []): ShownRun {
  const model = new RunModel();
  const events: unknown[] = [{ event: 'started', time: time(0), run: '/r', totalSteps: 9, pinned: {} }];
  losses.forEach((loss, i) => {
    const rates = { learning_rate: 0.1, grad_norm: 1, tokens: 8, tokens_per_second: 16, memory_bytes: 1 };
    events.push({ event: 'step', time: time((i + 1) / 2), step: i + 1, epoch: 1, loss, step_seconds: 0.5, ...rates });
  });
  for (const [step, loss] of evaluations) events.push({ event: 'evaluation', time: time(9), step, loss, metrics: {} });
  for (const event of events) model.apply(event as RunEvent);
  return { run: `/${name}`, name, model, colour: 0, hidden: false };
}
const training = { name: 'training_loss', of: ({ loss }: RunModel) => loss };
const evaluation = { name: 'evaluation_loss', of: ({ evaluationLoss }: RunModel) => evaluationLoss };

test('a table has every step of all runs, evaluations in their rows, and what is no number empty', () => {
  const runs = [
    runOf(
      'a',
      [0.1, null, 3],
      [
        [0, 4],
        [2, 2.5],
      ],
    ),
    runOf('b, "c"', [7]),
  ];
  const smoothed = { name: 'smoothed', of: ({ loss }: RunModel) => averageOf(loss, 0.5) };
  const csv = tableCsv(runs, [training, smoothed, evaluation]);
  expect(csv.split('\n')).toEqual([
    'run,step,tokens,seconds,training_loss,smoothed,evaluation_loss',
    'a,0,0,0,,,4',
    'a,1,8,0.5,0.1,0.1,',
    'a,2,16,1,,,2.5',
    expect.stringMatching(/^a,3,24,1\.5,3,2\.0333333\d*,$/),
    '"b, ""c""",1,8,0.5,7,7,',
    '',
  ]);
  expect(tableRows(runs, [training])).toBe(4);
  expect(tableCsv(runs, [training], 2, 2).split('\n').slice(1)).toEqual(['a,2,16,1,', '']);
});

test('a table of evaluations alone has their rows alone', () => {
  expect(tableCsv([runOf('a', [1, 2, 3], [[2, 5]])], [evaluation])).toBe(
    'run,step,tokens,seconds,evaluation_loss\na,2,16,1,5\n',
  );
});

test('a step takes its tokens by their rate', () => {
  const { model } = runOf('a', [1, 2]);
  expect([model.stepSeconds.at(1), model.stepSeconds.length]).toEqual([0.5, 2]);
});

test('a picture has spikes and ends of what is shown, cut at its edges, and names as text', () => {
  const losses = Array.from({ length: 20_000 }, (_, i) => (i === 7000 ? 50 : i === 12_000 ? -3 : 1));
  const run = runOf('<b>x</b>', losses);
  const range = { from: 5000.5, to: 15_000 };
  const about = { label: 'Training', colour: 'training', format: String } as const;
  const curves = columnCurves(about, run, ({ loss }) => loss, 'steps', 0, true);
  const drawn = curves.map((curve) => ({ curve, line: curve.line({ ...range, columns: 600 }) }));
  const x = { ...horizontalAxis(range, 'steps', 600), title: 'step', format: String };
  const y = {
    ...verticalAxis({ min: -3, max: 50 }, { logarithmic: false, fromZero: false, binary: false, height: 400 }),
    format: String,
  };
  const size = { width: 760, height: 440 };
  const scene = pictureScene({ title: 'Loss', caption: run.name, drawn, range, x, y, ...size });
  const lines = scene.shapes.flatMap((shape) =>
    shape.kind === 'line' && shape.points.length > 100 ? [shape.points] : [],
  );
  expect(lines).toHaveLength(1);
  const [points] = lines;
  const xs = points!.map((point) => point.x);
  expect([Math.min(...xs), Math.max(...xs)]).toEqual([74, 746]);
  const up = placesOn({ ...y, start: 1, end: 0 });
  const share = (at: number) => (Math.max(...grid) - at) / (Math.max(...grid) - Math.min(...grid));
  const grid = scene.shapes.flatMap((shape) =>
    shape.kind === 'line' && shape.ink === 'grid' ? shape.points.map((p) => p.y) : [],
  );
  for (const value of [50, -3, 1])
    expect(points!.some((point) => Math.abs(share(point.y) - (1 - up(value))) < 1e-6)).toBe(true);
  expect(svgFile(scene)).toContain('&lt;b&gt;x&lt;/b&gt;');
});

test('an evaluation before the range leads into it', () => {
  const run = runOf(
    'a',
    [],
    [
      [0, 4],
      [10, 2],
    ],
  );
  const about = { label: 'Evaluation', colour: 'evaluation', style: 'dotted', format: String } as const;
  const curve = pointCurve(about, run, run.model.evaluationLoss, 'steps', false);
  const range = { from: 5, to: 10 };
  const x = { ...horizontalAxis(range, 'steps', 600), title: 'step', format: String };
  const y = {
    ...verticalAxis({ min: 0, max: 4 }, { logarithmic: false, fromZero: true, binary: false, height: 400 }),
    format: String,
  };
  const drawn = [{ curve, line: curve.line({ ...range, columns: 600 }) }];
  const { shapes } = pictureScene({ title: 't', caption: '', drawn, range, x, y, width: 760, height: 440 });
  const line = shapes.find((shape) => shape.kind === 'line' && shape.ink === 1 && shape.points[0]!.x === 74);
  expect(line).toBeDefined();
});

test.each([
  [{ min: 1.2, max: 4.6 }, {}, [1, 2, 3, 4, 5]],
  [{ min: 0.01, max: 0.9 }, { fromZero: true }, [0, 0.5, 1]],
  [{ min: 0, max: 0 }, { fromZero: true }, undefined],
  [{ min: 4e8, max: 4.2e8 }, { binary: true }, [0, 2 ** 28, 2 ** 29]],
  [{ min: -0.2, max: 0.4 }, {}, [-0.4, -0.2, 0, 0.2, 0.4, 0.6]],
  [{ min: 107, max: 118 }, { height: 130 }, [105, 110, 115, 120]],
  [{ min: 5.7, max: 11.3 }, { height: 130 }, [5, 10, 15]],
  [{ min: 0.5, max: 5 }, { logarithmic: true }, [0.5, 1, 2, 5]],
  [{ min: 1.1, max: 1.3 }, { logarithmic: true }, [1.1, 1.3]],
])('an axis over %j %j', (limits, options, ticks) => {
  const axis = verticalAxis(limits, { logarithmic: false, fromZero: false, binary: false, height: 400, ...options });
  if (ticks) expect(axis.ticks).toEqual(ticks);
  expect(axis.max).toBeGreaterThan(axis.min);
  expect([axis.min <= limits.min, axis.max >= limits.max]).toEqual([true, true]);
});

test('pixels and values are each other’s inverse; time has ticks that clocks know', () => {
  const scale = { ...horizontalAxis({ from: 100, to: 900 }, 'steps', 800), start: 40, end: 840 };
  expect(valueAt(scale, placesOn(scale)(350))).toBeCloseTo(350, 9);
  expect(horizontalAxis({ from: 0, to: 1000 }, 'time', 500).ticks).toEqual([0, 300, 600, 900]);
});

test('runs are told where they have got to, and places as steps', () => {
  const run = runOf('a', [1, 2, 3]);
  const x = new Horizontal(() => [run], 'tokens');
  expect([x.end(run.model), x.full()]).toEqual([24, { from: 0, to: 24 }]);
});
