import { expect, test } from 'vitest';
import { groupRuns } from '../../../server/report/groups.ts';
import { labelOf } from '../../../server/report/pareto.ts';
import { columnsOf, groupsCsv, sortGroups, stateOf } from '../../../webviews/comparison/columns.ts';
import { restoreView } from '../../../webviews/comparison/view-state.ts';
import { reportRun, unfinished } from '../report/helpers.ts';

const runs = [
  reportRun({ id: 'a', rank: 2, trainable: 10, accuracy: 0.8, seed: 1 }),
  reportRun({ id: 'b', rank: 2, trainable: 10, accuracy: 0.9, seed: 2 }),
  reportRun({ id: 'c', rank: 8, trainable: 40, accuracy: 0.95, rate: 0.01 }),
  reportRun({ id: 'd', rank: 16, record: { ...unfinished, state: 'running', step: 5, totalSteps: 10 } }),
].map(({ compared }) => compared);
const groups = groupRuns(runs);
const columns = columnsOf(runs, 'accuracy');
const sorted = (column: string, descending: boolean) =>
  sortGroups(groups, columns, { column, descending }).map(({ size }) => size);

test('what has no value comes last either way', () => {
  expect(sorted('metric accuracy', false)).toEqual(['2', '8', '16']);
  expect(sorted('metric accuracy', true)).toEqual(['8', '2', '16']);
  expect(sorted('size', true)).toEqual(['16', '8', '2']);
  expect(sorted('gone', false)).toEqual(['2', '8', '16']);
});

test('the chosen metric comes first, and settings that differ are columns', () => {
  expect(columns.map(({ id }) => id).filter((id) => / /.test(id))).toEqual([
    'setting training.optimizer.learning_rate',
    'metric accuracy',
    'metric loss',
  ]);
});

test('labels and states', () => {
  expect(groups.map(labelOf)).toEqual(['LoRA, rank 2', 'LoRA, rank 8', 'LoRA, rank 16']);
  expect(groups.map(stateOf)).toEqual(['finished', 'finished', 'running 50%']);
});

test('as CSV', () => {
  const [head, first] = groupsCsv(groups, runs, 'accuracy').split('\n');
  const cells = Object.fromEntries(head!.split(',').map((name, i) => [name, first!.split(',')[i]]));
  expect(cells).toMatchObject({ method: 'lora', size: '2', accuracy_n: '2', loss_n: '2', front: 'true', runs: '2' });
  expect(Number(cells.accuracy_sd)).toBeCloseTo(0.0707, 3);
});

test('a state of another version is read with care', () => {
  expect(restoreView({ metric: 3, hidden: ['a', 1], sort: 'x' })).toEqual({
    metric: undefined,
    sort: { column: 'trainable', descending: false },
    hidden: ['a'],
    chosen: undefined,
  });
});
