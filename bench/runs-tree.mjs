// The view of runs with 10,000 of them: `node bench/runs-tree.mjs [--json] [--runs N]`. What the extension's own code takes once the list has
// come; plain sorting of the same records stands beside it. The editor's drawing is not in it: it gets a page of 200 lines a group. Times are of
// the clock; what of the first opening was computed (all threads) is the figure to look at on a busy machine.
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../scripts/program.mjs';
import { root } from './processes.mjs';
import { printRows } from './table.mjs';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '10000' } },
});
const limits = { openMs: 300, stepMs: 1 };
const load = loadavg()[0];

const { measure } = await runProgram('bench/runs-tree.ts', {
  alias: { vscode: path.join(root, 'bench/vscode-stub.ts') },
});
const found = await measure(Number(options.runs));

if (options.json) console.log(JSON.stringify({ ...found, limits, load }));
else {
  const ms = (x) => (x < 1 ? x.toFixed(4) : x.toFixed(1));
  const mark = (x, most) => `≤ ${most} ${x <= most ? '✓' : '✗'}`;
  console.log(`The view of ${found.count.toLocaleString('en-US')} runs (load ${load.toFixed(1)}), ms`);
  printRows([
    ['', 'median', 'worst', 'limit'],
    [`opens, ${found.lines} lines drawn`, ms(found.open), ms(found.first), mark(found.first, limits.openMs)],
    ['   the first time, computed', '', ms(found.firstComputed), mark(found.firstComputed, limits.openMs)],
    ['a step of a run', ms(found.step.median), ms(found.step.worst), mark(found.step.median, limits.stepMs)],
    [
      'a step of a point',
      ms(found.pointStep.median),
      ms(found.pointStep.worst),
      mark(found.pointStep.median, limits.stepMs),
    ],
    ['a run ends or starts', ms(found.move.median), ms(found.move.worst), ''],
    ['a filter is typed', ms(found.typed.median), ms(found.typed.worst), ''],
    ['plain sorting of the records', ms(found.sort.median), ms(found.sort.worst), ''],
  ]);
}
