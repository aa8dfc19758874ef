import { expect, test, vi } from 'vitest';
import type { RunNode } from '../../../client/runs-tree.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

vi.mock('vscode', () => import('../../../bench/vscode-stub.ts'));
const { Runs } = await import('../../../client/runs.ts');
const { RunsTree, page } = await import('../../../client/runs-tree.ts');

const run = (i: number, more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ format: 1, id: `${i}`, run: `/runs/${i}`, name: `r${i}`, recipe: '/r.peft', state: 'finished', method: 'lora' },
  ...{ model: 'tiny', step: 1, totalSteps: 2, resumes: 0, createdAt: new Date(60_000 * i).toISOString() },
  ...more,
});
const sweep = (point: number) => ({ id: 's', name: 's', point, points: 300, values: { rank: point } });

let list: RunRecord[];
let told: (RunNode | undefined)[];
let tree: InstanceType<typeof RunsTree>;
let runs: InstanceType<typeof Runs>;
let goesAway: () => void;
let asked: string[];
const make = async (records: RunRecord[]) => {
  list = records;
  asked = [];
  const daemon = {
    on: (name: string, listener: () => void) => {
      if (name === 'disconnected') goesAway = listener;
      return () => {};
    },
    request: async (name: string) => {
      asked.push(name);
      return { runs: list };
    },
  };
  runs = new Runs(daemon as never, { warn: () => {} } as never);
  tree = new RunsTree(runs);
  await runs.refresh();
  told = [];
  tree.onDidChangeTreeData((node) => told.push(node));
};
const below = async (node?: RunNode) => {
  const nodes = await tree.getChildren(node);
  return { nodes, labels: nodes.map((each) => String(tree.getTreeItem(each).label)) };
};

test('a long group ends in a line that shows more of it', async () => {
  await make(Array.from({ length: 950 }, (_, i) => run(i)));
  const [group] = (await below()).nodes;
  const { nodes, labels } = await below(group);
  expect([labels.length, labels[0], labels.at(-1)]).toEqual([page + 1, 'r949', 'Show 200 more of 750']);
  tree.showMore((nodes.at(-1) as { more: string }).more);
  expect((await below(group)).labels.at(-1)).toBe('Show 200 more of 550');
});

test('a run far down is led to: its page is shown, and its parents are known', async () => {
  const points = Array.from({ length: 300 }, (_, i) => run(i, { sweep: sweep(i + 1) }));
  await make([...points, ...Array.from({ length: 300 }, (_, i) => run(300 + i))]);
  const node = tree.nodeOf('/runs/299')!;
  expect(node).toEqual({ run: '/runs/299' });
  const parent = tree.getParent(node)!;
  expect(parent).toEqual({ sweep: 's' });
  expect((await below(tree.getParent(parent))).nodes).toContain(parent);
  expect((await below(parent)).nodes).toContain(node);
  tree.filter('state:failed');
  expect(tree.nodeOf('/runs/299')).toBeUndefined();
});

test('a step draws the line of its run again, which is the object that the editor knows', async () => {
  await make([run(1, { state: 'running' }), run(2)]);
  const [active] = (await below()).nodes;
  const [line] = (await below(active)).nodes;
  runs.put(run(1, { state: 'running', step: 2 }));
  expect(told).toHaveLength(1);
  expect(told[0]).toBe(line);
  runs.put(run(1, { state: 'finished' }));
  expect(told[1]).toBeUndefined();
});

test('a step of a run that the filter hides draws nothing, and a new one is counted', async () => {
  await make([run(1, { state: 'running' }), run(2)]);
  tree.filter('state:finished');
  told = [];
  runs.put(run(1, { state: 'running', step: 2 }));
  expect(told).toEqual([]);
  runs.put(run(3, { state: 'running' }));
  expect([told, tree.groups.shown, tree.groups.total]).toEqual([[undefined], 1, 3]);
});

test('runs that leave the list leave the tree and what is counted', async () => {
  await make([run(1), run(2)]);
  runs.remove(['/runs/2', '/runs/9']);
  expect(told).toEqual([undefined]);
  const [group] = (await below()).nodes;
  expect((await below(group)).labels).toEqual(['r1']);
  expect([tree.groups.shown, tree.groups.total]).toEqual([1, 1]);
});

test('archived runs have a group of their own, open only where they are asked for', async () => {
  await make([run(1, { labels: { archived: true, starred: true, title: 'Old' } }), run(2)]);
  const open = async () => (await below()).nodes.map((each) => [each, tree.getTreeItem(each).collapsibleState]);
  expect(await open()).toEqual([
    [{ group: 'finished' }, 2],
    [{ group: 'archived' }, 1],
  ]);
  tree.filter('is:archived');
  expect(await open()).toEqual([[{ group: 'archived' }, 2]]);
  expect((await below({ group: 'archived' })).labels).toEqual(['★ Old']);
});

test('the newest are shown before the rest of a long list, and news meanwhile is not undone by it', async () => {
  let more = () => {};
  const waiting = new Promise<void>((done) => {
    more = done;
  });
  const request = async (_: string, { after }: { after?: unknown }) => {
    if (!after) return { runs: [run(3)], more: run(3) };
    await waiting;
    return { runs: [run(2), run(1, { state: 'running' }), run(0)] };
  };
  runs = new Runs({ on: () => () => {}, request } as never, { warn: () => {} } as never);
  tree = new RunsTree(runs);
  const reading = runs.refresh();
  tree.load(reading);
  const names = async () =>
    (await Promise.all((await below()).nodes.map(async (each) => (await below(each)).labels))).flat();
  expect(await names()).toEqual(['r3']);
  runs.put(run(1));
  runs.remove(['/runs/0']);
  more();
  await reading;
  expect(await names()).toEqual(['r3', 'r2', 'r1']);
  expect(runs.active()).toEqual([]);
});

test('a daemon that went away from a run in training is started again; one that was stopped, with runs in its queue, is not', async () => {
  vi.useFakeTimers();
  const revived = async (state: RunRecord['state']) => {
    await make([run(1, { state }), run(2, { state: 'queued' })]);
    goesAway();
    await vi.advanceTimersByTimeAsync(20_000);
    return asked.includes('status');
  };
  expect([await revived('running'), await revived('interrupted')]).toEqual([true, false]);
  vi.useRealTimers();
});
