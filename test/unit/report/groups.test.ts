import { expect, test } from 'vitest';
import { spreadText } from '../../../server/report/figures.ts';
import { defaultMetric, differences, frontOf, groupRuns, metricsIn, spreadOf } from '../../../server/report/groups.ts';
import { evaluation, reportRun, unfinished } from './helpers.ts';

const of = (...made: Parameters<typeof reportRun>[0][]) => made.map((each) => reportRun(each).compared);

test('runs that differ only in their seed are one configuration, with mean and sample deviation', () => {
  const [group, ...others] = groupRuns(of({ id: 'a', seed: 1, accuracy: 0.8 }, { id: 'b', seed: 2, accuracy: 0.9 }));
  expect(others).toEqual([]);
  expect(spreadOf(group!, 'accuracy')).toMatchObject({
    mean: expect.closeTo(0.85),
    deviation: expect.closeTo(0.0707, 3),
    n: 2,
  });
});

test('of a seed that was computed twice the newest counts, once', () => {
  const [group] = groupRuns(
    of(
      { id: 'a', seed: 1, accuracy: 0.7, record: { createdAt: '2026-01-03T00:00:00.000Z' } },
      { id: 'b', seed: 1, accuracy: 0.8, record: { createdAt: '2026-01-04T00:00:00.000Z' } },
      { id: 'c', seed: 2, accuracy: 0.9 },
    ),
  );
  expect(group!.runs).toHaveLength(3);
  expect(spreadOf(group!, 'accuracy')).toMatchObject({ mean: expect.closeTo(0.85), n: 2, low: 0.8 });
});

test('an unfinished run does not move the mean of finished ones', () => {
  const runs = of(
    { id: 'a', seed: 1, accuracy: 0.8 },
    { id: 'b', seed: 2, record: unfinished, events: [evaluation(1, 0.1)] },
  );
  const [group] = groupRuns(runs);
  expect(spreadOf(group!, 'accuracy')).toMatchObject({ mean: 0.8, n: 1 });
  expect(group!.provisional).toBe(false);
});

const ladder = of(
  { id: 'a', rank: 1, trainable: 100, accuracy: 0.7 },
  { id: 'b', rank: 2, trainable: 200, accuracy: 0.6 },
  { id: 'c', rank: 4, trainable: 400, accuracy: 0.9 },
  { id: 'd', rank: 8, trainable: 400, accuracy: 0.8 },
);
const fronts = (metric: string) => frontOf(groupRuns(ladder), metric).map(({ runs }) => runs[0]!.id);

test('the front is what nothing as small beats', () => {
  expect(fronts('accuracy')).toEqual(['a', 'c']);
});

test('of a loss less is better', () => {
  expect(fronts('loss')).toEqual(['a', 'c']);
  const [worse, better] = of(
    { id: 'x', rank: 1, trainable: 9, accuracy: 0.2 },
    { id: 'y', rank: 2, trainable: 10, accuracy: 0.1 },
  );
  expect(frontOf(groupRuns([worse!, better!]), 'loss').map(({ runs }) => runs[0]!.id)).toEqual(['x']);
});

test('what has not finished is on no front', () => {
  const runs = of({ id: 'a', record: unfinished, events: [evaluation(1, 1)] });
  expect(frontOf(groupRuns(runs), 'accuracy')).toEqual([]);
});

test('metrics in the order of the task, the loss last; the recipe says which comes first', () => {
  expect(metricsIn(ladder)).toEqual(['accuracy', 'loss']);
  expect(defaultMetric(ladder)).toBe('accuracy');
});

test('settings that differ are columns, save those that follow from the rank or the method', () => {
  const runs = of({ id: 'a', rank: 1 }, { id: 'b', rank: 2, rate: 0.002 }, { id: 'c', method: 'dora', rank: 2 });
  expect(differences(runs)).toEqual(['training.optimizer.learning_rate']);
});

test('of a sweep those that it set', () => {
  const sweep = { id: 's', name: 's', point: 0, points: 2, values: { 'data.max_length': 64, 'adapters.0.rank': 2 } };
  expect(differences(of({ id: 'a', rate: 0.1, record: { sweep } }, { id: 'b', record: { sweep } }))).toEqual([
    'data.max_length',
  ]);
});

test.each([
  [{ mean: 0.94123, deviation: 0.00312 }, '0.9412 ± 0.0031'],
  [{ mean: 12.3456, deviation: 1.5 }, '12.3 ± 1.5'],
  [{ mean: 1, deviation: 0 }, '1 ± 0'],
  [{ mean: 4.00565213, deviation: 9.4e-7 }, '4.006 ± 9.4e-7'],
  [{ mean: 0.5 }, '0.5'],
])('%j reads %s', (spread, text) => {
  expect(spreadText({ low: 0, high: 0, n: 2, ...spread })).toBe(text);
});
