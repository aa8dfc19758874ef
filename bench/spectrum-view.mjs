// Frame times of the spectrum panel in headless Chromium: `node bench/spectrum-view.mjs [--json] [--matrices N] [--values N]` after
// `npm run build`. The panel's own page gets 500 matrices of 8192 values while it is watched, then the cursor is dragged, matrices are switched
// and several are laid over each other.
import { rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { loadModule, openPanel, warnOfLoad } from './panel.mjs';
import { workFolder } from './processes.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    matrices: { type: 'string', default: '500' },
    values: { type: 'string', default: '8192' },
  },
});
const [count, size] = [Number(options.matrices), Number(options.values)];
const targets = { median: 16.7, p95: 33 };
const load = loadavg()[0];
const work = workFolder('bench-spectrum-view');
let panel;

/** Runs in the page: from `start` to `stop`, the time between frames, and tasks that held the page longer than 50 ms. */
function watchFrames() {
  let running = false;
  let times = [];
  let tasks = [];
  new PerformanceObserver((list) => {
    if (running) tasks.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ entryTypes: ['longtask'] });
  window.frames_ = {
    start() {
      [running, times, tasks] = [true, [], []];
      let last;
      const frame = (now) => {
        if (last !== undefined) times.push(now - last);
        last = now;
        if (running) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    },
    stop() {
      running = false;
      return { times, tasks };
    },
  };
}

const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

try {
  const { largeModel } = await loadModule('test/e2e/preview/spectra.ts', work);
  panel = await openPanel('spectrum', work);
  const { page, worked } = panel;
  await page.evaluate(watchFrames);
  const { matrices, items } = largeModel(count, size);
  await page.evaluate(() => {
    window.items_ = [];
  });
  for (let i = 0; i < items.length; i += 50)
    await page.evaluate((some) => void window.items_.push(...some), items.slice(i, i + 50));

  const rows = [];
  /** @param act what is done in the page while frames are counted; it resolves when all is drawn. */
  async function phase(name, act, argument) {
    await page.waitForTimeout(400);
    const before = await worked();
    await page.evaluate(() => window.frames_.start());
    await page.evaluate(act, argument);
    await page.waitForTimeout(100);
    const { times, tasks } = await page.evaluate(() => window.frames_.stop());
    const work = (await worked()) - before;
    times.sort((a, b) => a - b);
    rows.push({
      name,
      frames: times.length,
      workMs: work / Math.max(1, times.length),
      median: at(times, 0.5),
      p95: at(times, 0.95),
      p99: at(times, 0.99),
      longest: times.at(-1) ?? 0,
      longTasks: tasks.length,
      longestTask: Math.max(0, ...tasks),
    });
  }

  await page.evaluate((all) => {
    const subjects = [{ model: '/m', title: 'large-model' }];
    window.postMessage({ type: 'init', subjects, cuts: [], recipe: '/r.peft' }, '*');
    window.postMessage({ type: 'items', subject: 0, items: [{ type: 'matrices', matrices: all }] }, '*');
  }, matrices);
  await page.waitForSelector('.grid .cell');
  await phase('page at rest', () => new Promise((done) => setTimeout(done, 1500)));
  await phase('items come, 5 every 20 ms', async () => {
    const all = window.items_;
    for (let i = 0; i < all.length; i += 5) {
      const progress = { type: 'progress', done: i + 5, total: all.length, remainingSeconds: (all.length - i) / 250 };
      window.postMessage({ type: 'items', subject: 0, items: [...all.slice(i, i + 5), progress] }, '*');
      await new Promise((next) => setTimeout(next, 20));
    }
    window.postMessage({ type: 'ended', subject: 0, result: { matrices: all.length, cached: 0, seconds: 2 } }, '*');
    window.items_ = [];
    while (document.body.dataset.prepared !== String(all.length)) await new Promise((next) => setTimeout(next, 20));
  });
  const drag = async ([selector, distance]) => {
    const holder = document.querySelector(selector);
    const { left, top, width, height } = holder.getBoundingClientRect();
    const move = (type, x) =>
      holder.dispatchEvent(
        new PointerEvent(type, {
          clientX: left + x,
          clientY: top + height / 2,
          pointerId: 1,
          button: 0,
          bubbles: true,
        }),
      );
    holder.setPointerCapture = () => {};
    move('pointerdown', 80);
    for (let i = 0; i < 180; i++) {
      move('pointermove', 80 + (width - 110) * (0.5 - 0.5 * Math.cos((i / 180) * distance * Math.PI)));
      await new Promise((next) => requestAnimationFrame(next));
    }
    move('pointerup', 80);
  };
  await phase('cursor dragged, one matrix', drag, ['#values .canvas', 4]);
  const choose = (measure) => page.locator('.grid-card select').first().selectOption(measure);
  await choose('energy');
  await phase('cursor dragged, grid follows it', drag, ['#energy .canvas', 4]);
  await choose('stableRank');
  await phase('matrices switched, 8 a second', async () => {
    const cells = [...document.querySelectorAll('.grid .cell')];
    for (let i = 0; i < 40; i++) {
      cells[(i * 37) % cells.length].click();
      await new Promise((next) => setTimeout(next, 125));
    }
  });
  await phase('six laid over each other, switched', async () => {
    const cells = [...document.querySelectorAll('.grid .cell')];
    for (let i = 0; i < 24; i++) {
      const event = { bubbles: true, shiftKey: i % 6 !== 0 };
      cells[(i * 37) % cells.length].dispatchEvent(new MouseEvent('click', event));
      await new Promise((next) => setTimeout(next, 125));
    }
  });
  await phase('scales switched, six matrices', async () => {
    const press = (selector) => document.querySelector(selector).click();
    for (let i = 0; i < 12; i++) {
      const scale = i % 2 ? 'log' : 'linear';
      press(`#values [aria-label="Index"] [data-value="${scale}"]`);
      await new Promise((next) => setTimeout(next, 125));
      press(`#values [aria-label="Values"] [data-value="${scale}"]`);
      await new Promise((next) => setTimeout(next, 125));
    }
  });
  await phase('cursor dragged, six matrices', drag, ['#values .canvas', 4]);
  await phase('a whole row: 100 matrices', async () => {
    document.querySelector('.grid .rowheader').click();
    await new Promise((next) => setTimeout(next, 1500));
  });
  await phase('cursor dragged, 100 matrices', drag, ['#values .canvas', 4]);

  panel.check();
  const result = {
    benchmark: 'spectrum-view',
    cores: availableParallelism(),
    load,
    matrices: count,
    values: size,
    targets,
    rows,
  };
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
} finally {
  await panel?.close();
  rmSync(work, { recursive: true, force: true });
}

function print({ rows, load, cores }) {
  const ms = (x) => x.toFixed(1);
  const table = [
    ['', 'frames', 'median', 'p95', 'p99', 'longest', 'tasks > 50 ms', 'longest task', 'work a frame'],
    ...rows.map(({ name, frames, median, p95, p99, longest, longTasks, longestTask, workMs }) => {
      const met = median <= targets.median + 0.1 && p95 <= targets.p95 + 0.5;
      const numbers = [median, p95, p99, longest].map(ms);
      return [`${met ? '✓' : '✗'} ${name}`, String(frames), ...numbers, String(longTasks), ms(longestTask), ms(workMs)];
    }),
  ];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  console.log(`\nThe spectrum panel with ${count} matrices of ${size} values; ms between frames`);
  for (const row of table)
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('   '));
  console.log(
    `Target: median ${targets.median} ms, p95 ${targets.p95} ms. "work a frame" is processor time of the page's main thread, drawing included.`,
  );
  warnOfLoad({ load, cores });
}
