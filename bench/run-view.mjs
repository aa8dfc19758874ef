// The run panel with 10 runs of a million steps in headless Chromium: `node bench/run-view.mjs [--json] [--runs N] [--steps N]` after
// `npm run build`. The page gets the steps as the extension sends them, in columns of a thousand; then it is zoomed and panned, and a run goes
// on at 100 steps a second. `--profile` prints where the page's own time went in each part, by Chromium's profiler (which costs some itself).
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openPanel, warnOfLoad } from './panel.mjs';
import { workFolder } from './processes.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    runs: { type: 'string', default: '10' },
    steps: { type: 'string', default: '1000000' },
  },
});
const [runs, steps] = [Number(options.runs), Number(options.steps)];
const limits = { paintMs: 300, fps: 50, heapMb: 300, liveShare: 0.05 };
const load = loadavg()[0];
const work = workFolder('bench-run-view');
let panel;

/** Runs in the page: makes steps and hands them over as the editor does. */
function makeSteps() {
  const began = Date.parse('2026-03-14T09:26:53Z');
  let seed = 1;
  const noise = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const columns = (run, from, size) => {
    const single = (value) => Float32Array.from({ length: size }, (_, i) => value(from + i));
    const double = (value) => Float64Array.from({ length: size }, (_, i) => value(from + i));
    return {
      event: 'steps',
      steps: double((step) => step),
      times: double((step) => began + step * 90 + 20 * noise()),
      tokens: double(() => 1024),
      loss: single((step) => 1.6 + run / 20 + 3 * Math.exp(-step / 9e4) + 0.5 * noise()),
      learningRate: single((step) => 1e-3 * (1 - step / 2e6)),
      gradNorm: single(() => 0.4 + 0.2 * noise()),
      tokensPerSecond: single(() => 3300 + 400 * noise()),
      memory: single(() => 4e8 + 1e6 * noise()),
      epoch: from / 1e5,
    };
  };
  const evaluations = (run, from, size) =>
    Array.from({ length: Math.floor((from + size - 1) / 5000) - Math.floor((from - 1) / 5000) }, (_, i) => {
      const step = (Math.floor((from - 1) / 5000) + 1 + i) * 5000;
      const value = 1.7 + run / 20;
      const time = new Date(began + step * 90).toISOString();
      return { event: 'evaluation', time, step, loss: value, metrics: { accuracy: 1 / value } };
    });
  const other = (run) => (run === 0 ? {} : { other: `/runs/${run}` });
  window.bench_ = {
    /** Steps of a run, and what posts them. */
    made(run, from, size) {
      const part = columns(run, from, size);
      const buffers = Object.values(part).flatMap((each) => (each.buffer ? [each.buffer] : []));
      const events = [part, ...evaluations(run, from, size)];
      return () => window.postMessage({ type: 'events', events, ...other(run) }, '*', buffers);
    },
    send(run, from, size) {
      this.made(run, from, size)();
    },
    begin(run, total) {
      const record = {
        format: 1,
        id: `run-${run}`,
        run: `/runs/${run}`,
        name: `run-${run}`,
        recipe: '/r.peft',
        state: 'running',
        method: 'lora',
        model: 'model',
        step: 0,
        totalSteps: total,
        createdAt: new Date(began).toISOString(),
        resumes: 0,
      };
      window.postMessage({ type: 'init', record, events: [], ...other(run) }, '*');
    },
    /** After all messages that were posted before. */
    taken: () =>
      new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        const marker = `taken ${performance.now()}`;
        window.addEventListener('message', function heard({ data }) {
          if (data.type !== marker) return;
          window.removeEventListener('message', heard);
          port1.onmessage = done;
          port2.postMessage(0);
        });
        window.postMessage({ type: marker }, '*');
      }),
    /** Two frames: the second begins when the first is painted. */
    painted: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    canvas: () => document.querySelector('.charts canvas'),
  };
}

try {
  panel = await openPanel('run', work, { run: '/runs/0' });
  const { page, cdp, worked } = panel;
  await page.evaluate(makeSteps);
  const rows = [];
  const row = (name, value, limit, met) => rows.push({ name, value, limit, met });
  const profiled = options.profile ? await profiler(cdp) : (_, part) => part();

  /** MiB after a collection: objects and arrays, and the process. */
  async function memory() {
    await cdp.send('HeapProfiler.collectGarbage');
    const heap = await cdp.send('Runtime.getHeapUsage');
    const held = heap.usedSize + (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0);
    const session = await page.context().browser().newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const resident = processInfo
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024);
    return { held: held / 2 ** 20, resident: Math.max(...resident) };
  }
  const empty = await memory();

  // The first piece of every run, to pixels.
  const first = await profiled('first paint', () =>
    page.evaluate(async (count) => {
      const posts = Array.from({ length: count }, (_, run) => window.bench_.made(run, 1, 1000));
      const began = performance.now();
      for (let run = 0; run < count; run++) {
        window.bench_.begin(run, 1e6);
        posts[run]();
      }
      await window.bench_.taken();
      const taken = performance.now();
      while (!window.bench_.canvas()?.clientWidth) await new Promise(requestAnimationFrame);
      await window.bench_.painted();
      return { taken: taken - began, painted: performance.now() - began };
    }, runs),
  );
  row(
    'first pieces of all runs, to pixels',
    `${first.painted.toFixed(0)} ms`,
    '300 ms',
    first.painted <= limits.paintMs,
  );

  const before = await worked();
  const made = await page.evaluate(
    async ([count, total]) => {
      let making = 0;
      for (let from = 1001; from <= total - 1000; from += 1000)
        for (let run = 0; run < count; run++) {
          const began = performance.now();
          window.bench_.send(run, from, 1000);
          making += performance.now() - began;
          if (run === count - 1 && from % 10_000 === 1) await window.bench_.taken();
        }
      await window.bench_.taken();
      return making;
    },
    [runs, steps],
  );
  row('all other steps taken in, work', `${((await worked()) - before - made).toFixed(0)} ms`, '', true);

  // The last piece of every run: a paint of everything.
  await page.waitForTimeout(1000);
  const last = await page.evaluate(
    async ([count, total]) => {
      const posts = Array.from({ length: count }, (_, run) => window.bench_.made(run, total - 999, 1000));
      const began = performance.now();
      for (const post of posts) post();
      await window.bench_.taken();
      await window.bench_.painted();
      return performance.now() - began;
    },
    [runs, steps],
  );
  row('last pieces of all runs, everything painted', `${last.toFixed(0)} ms`, '300 ms', last <= limits.paintMs);

  /** @param act moves by one frame; `i` of 120. */
  async function frames(name, act) {
    await page.waitForTimeout(500);
    const begun = await worked();
    const times = await profiled(name, () =>
      page.evaluate(
        async ([source]) => {
          const canvas = window.bench_.canvas();
          canvas.setPointerCapture = () => {};
          const { left, top, width, height } = canvas.getBoundingClientRect();
          const at = (x) => ({ clientX: left + 60 + (width - 80) * x, clientY: top + height / 2, bubbles: true });
          const tools = {
            pointer: (type, x, shiftKey = false) =>
              canvas.dispatchEvent(new PointerEvent(type, { ...at(x), pointerId: 1, button: 0, shiftKey })),
            wheel: (x, deltaY) =>
              canvas.dispatchEvent(new WheelEvent('wheel', { ...at(x), deltaY, ctrlKey: true, cancelable: true })),
          };
          const move = new Function('tools', 'i', source);
          const times = [];
          let last = await new Promise(requestAnimationFrame);
          for (let i = 0; i < 120; i++) {
            move(tools, i);
            const now = await new Promise(requestAnimationFrame);
            times.push(now - last);
            last = now;
          }
          move(tools, 120);
          return times;
        },
        [act],
      ),
    );
    const fps = (1000 * times.length) / times.reduce((sum, time) => sum + time, 0);
    const each = ((await worked()) - begun) / times.length;
    const sorted = times.sort((a, b) => a - b);
    const text = `${fps.toFixed(1)} a second (p95 ${sorted[Math.floor(0.95 * sorted.length)].toFixed(1)} ms, work ${each.toFixed(1)} ms a frame)`;
    row(name, text, '50 a second', fps >= limits.fps);
  }
  await frames('zoom in, from all to steps', 'if (i < 120) tools.wheel(0.4, -9)');
  await frames('zoom out again', 'if (i < 120) tools.wheel(0.4, 8)');
  const pan =
    "if (i === 0) tools.pointer('pointerdown', 0.5, true); else tools.pointer(i === 120 ? 'pointerup' : 'pointermove', 0.5 + 0.4 * Math.sin(i / 12), true)";
  await frames('pan, a large part', pan);
  await page.evaluate(() => {
    window.bench_.canvas().dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  });
  await frames('zoom in to a hundredth', 'if (i < 46) tools.wheel(0.4, -10)');
  await frames('pan, a hundredth', pan);
  await frames('crosshair over all', "tools.pointer('pointermove', 0.5 + 0.45 * Math.sin(i / 20))");

  const after = await memory();
  const held = after.held - empty.held;
  row(
    'memory: objects and arrays',
    `${held.toFixed(0)} MiB more than without runs`,
    '300 MB',
    held * 1.048576 <= limits.heapMb,
  );
  row(
    'memory: the page’s process, resident',
    `${after.resident.toFixed(0)} MiB, ${(after.resident - empty.resident).toFixed(0)} more than without runs`,
    '',
    true,
  );

  // Live: 100 steps a second, all shown.
  await page.evaluate(() => {
    window.bench_.canvas().dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  });
  await page.waitForTimeout(500);
  const quiet = await worked();
  await profiled('live', () =>
    page.evaluate(async (total) => {
      for (let i = 0; i < 50; i++) {
        window.bench_.send(0, total + 1 + 10 * i, 10);
        await new Promise((next) => setTimeout(next, 100));
      }
    }, steps),
  );
  const share = ((await worked()) - quiet) / 5000;
  row('live at 100 steps a second, of a core', `${(100 * share).toFixed(1)}%`, '5%', share <= limits.liveShare);

  panel.check();
  const result = { benchmark: 'run-view', cores: availableParallelism(), load, runs, steps, limits, rows };
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
} finally {
  await panel?.close();
  rmSync(work, { recursive: true, force: true });
}

/** Self times of functions while a part runs, the largest first. */
async function profiler(cdp) {
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.setSamplingInterval', { interval: 500 });
  return async (name, part) => {
    await cdp.send('Profiler.start');
    const result = await part();
    const { profile } = await cdp.send('Profiler.stop');
    const nodes = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
    const spent = new Map();
    profile.samples.forEach((id, i) => {
      const { functionName, lineNumber, columnNumber } = nodes.get(id);
      const key = `${functionName || '(anonymous)'} ${lineNumber + 1}:${columnNumber + 1}`;
      spent.set(key, (spent.get(key) ?? 0) + profile.timeDeltas[i] / 1000);
    });
    console.log(`\n${name}`);
    const largest = [...spent].filter(([key]) => !key.startsWith('(idle)')).sort((a, b) => b[1] - a[1]);
    for (const [key, ms] of largest.slice(0, 14)) console.log(`  ${ms.toFixed(0).padStart(6)} ms  ${key}`);
    return result;
  };
}

function print({ rows, load, cores }) {
  console.log(`\nThe run panel with ${runs} runs of ${steps.toLocaleString('en-US')} steps`);
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, value, limit, met } of rows)
    console.log(`${met ? '✓' : '✗'} ${name.padEnd(width)}   ${value}${limit ? `   (limit ${limit})` : ''}`);
  warnOfLoad({ load, cores });
}
