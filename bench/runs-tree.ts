/** The view of runs with very many of them, without an editor: what each thing that a person or a run does costs the extension host. */
import { Runs } from '../client/runs.ts';
import { type RunNode, RunsTree } from '../client/runs-tree.ts';
import type { RunRecord, RunState } from '../server/protocol/runs.ts';

const states: RunState[] = ['finished', 'finished', 'finished', 'failed', 'cancelled', 'finished', 'interrupted'];
const methods = ['lora', 'dora', 'pissa', 'vera', 'lora-xs'];

/** As they come from the daemon; every fifth is a point of a sweep of twenty, some are starred, tagged, archived. Two run, ten wait. */
export function makeRuns(count: number): RunRecord[] {
  const began = Date.parse('2026-01-01T00:00:00Z');
  return Array.from({ length: count }, (_, i): RunRecord => {
    const sweep = Math.floor(i / 100);
    const state = i >= count - 2 ? 'running' : i >= count - 12 ? 'queued' : states[i % states.length]!;
    const labels = {
      ...(i % 50 === 0 && { starred: true as const }),
      ...(i % 9 === 0 && { tags: ['night', `v${i % 4}`] }),
      ...(i % 12 === 0 && i % 5 !== 0 && { archived: true as const }),
    };
    return {
      ...{ format: 1, id: `run-${i}`, run: `/runs/run-${i}`, name: `run-${i % 40}`, recipe: '/recipes/a.peft' },
      ...{ state, method: methods[i % methods.length]!, model: 'Llama-3-8B', step: i % 1000, totalSteps: 1000 },
      ...{ createdAt: new Date(began + i * 60_000).toISOString(), resumes: 0, lastLoss: 2 + (i % 7) / 10, labels },
      ...(state === 'finished' && { endedAt: new Date(began + i * 60_000 + 30_000).toISOString() }),
      ...(i % 5 === 0 && {
        sweep: {
          ...{ id: `grid-${sweep}`, name: 'grid', point: (i % 100) / 5 + 1, points: 20, metric: 'loss' },
          values: { 'adapters.0.rank': 2 ** (i % 5), 'training.optimizer.learning_rate': 1e-4 * ((i % 100) + 1) },
        },
      }),
    };
  });
}

/** Median, worst in ms. */
function times(rounds: number, go: (i: number) => void): { median: number; worst: number } {
  const all = Array.from({ length: rounds }, (_, i) => {
    const began = performance.now();
    go(i);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return { median: all[rounds >> 1]!, worst: all.at(-1)! };
}

export async function measure(count: number) {
  const records = makeRuns(count);
  const newest = records.toReversed();
  /** In parts, as the daemon has them. */
  const request = async (_: string, { limit = count, after }: { limit?: number; after?: RunRecord }) => {
    const from = after ? newest.indexOf(after) + 1 : 0;
    const runs = newest.slice(from, from + limit);
    return from + limit < count ? { runs, more: runs.at(-1)! } : { runs };
  };
  const daemon = { daemon: {}, on: () => () => {}, request };
  const log = { warn: () => {}, debug: () => {} };
  /** What the editor asks for when it draws the view: all groups, and a page of each that is open. */
  const draw = async (tree: RunsTree) => {
    let lines = 0;
    const below = async (node?: RunNode): Promise<void> => {
      for (const child of await tree.getChildren(node)) {
        lines++;
        if (tree.getTreeItem(child).collapsibleState === 2) await below(child);
      }
    };
    await below();
    return lines;
  };
  const open: number[] = [];
  const computed: number[] = [];
  let lines = 0;
  for (let i = 0; i < 9; i++) {
    const runs = new Runs(daemon as never, log as never);
    const tree = new RunsTree(runs);
    const began = performance.now();
    const used = process.cpuUsage();
    await runs.refresh();
    lines = await draw(tree);
    open.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    computed.push((user + system) / 1000);
  }
  const [first, firstComputed] = [open[0]!, computed[0]!];
  open.sort((a, b) => a - b);

  const runs = new Runs(daemon as never, log as never);
  const tree = new RunsTree(runs);
  await runs.refresh();
  await draw(tree);
  let told = 0;
  tree.onDidChangeTreeData(() => told++);
  const running = records.at(-1)!;
  const point = records.findLast(({ sweep, state }) => sweep && state === 'finished')!;
  const step = times(2000, (i) => runs.put({ ...running, step: i, lastLoss: 1 / (i + 1) }));
  const pointStep = times(2000, (i) => runs.put({ ...point, step: i }));
  const move = times(2000, (i) => runs.put({ ...running, state: i % 2 ? 'running' : 'finished' }));
  if (told !== 6000) throw new Error(`the view was told ${told} times of 6000 changes`);
  const typed = times(50, (i) =>
    tree.filter(['state:failed', 'tag:night', 'method:lora run-1', 'is:starred', ''][i % 5]!),
  );
  const sort = times(50, () => [...records].sort((a, b) => b.createdAt.localeCompare(a.createdAt)));
  return { count, lines, first, firstComputed, open: open[open.length >> 1]!, step, pointStep, move, typed, sort };
}
