// The daemon's answers while a run trains: `node bench/responsive.mjs [--json] [--seconds N]` after `npm run build`. Target: under 20 ms.
// A generated decoder (4 layers, d 512) trains with LoRA and the default number of threads, in a home of its own; meanwhile a client asks for the
// daemon's status, 10 ms after each answer. Its own waits for a free core count too, as in an editor.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { methods, models } from './cells.mjs';
import { ask, bundle, root, workFolder } from './processes.mjs';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '15' } },
});
const target = 20;
const load = loadavg()[0];

const work = workFolder('bench-responsive');
/** Short, because sockets have short paths. */
const home = mkdtempSync(path.join(tmpdir(), 'rwb-'));
const runtime = path.join(home, 'rt');
mkdirSync(runtime, { mode: 0o700 });
const env = { ...process.env, RANKWISE_HOME: path.join(home, 'home'), XDG_RUNTIME_DIR: runtime, NO_COLOR: '1' };
const cli = path.join(root, 'dist/cli.js');

/** A recipe over a model and rows made here, long enough for any measurement. */
async function recipe() {
  const cell = models['llama-4'];
  writeFileSync(path.join(work, 'cell.json'), JSON.stringify({ ...cell, methods: { lora: methods.lora } }));
  await ask(process.execPath, [await bundle('bench/engine.ts', work), 'write', work]);
  const row = (i) => Array.from({ length: cell.length }, (_, t) => 3 + ((i * 131 + t * 17) % 4000));
  const rows = Array.from({ length: 64 }, (_, i) => JSON.stringify({ input_ids: row(i), labels: row(i) }));
  writeFileSync(path.join(work, 'train.jsonl'), `${rows.join('\n')}\n`);
  const file = path.join(work, 'responsive.peft');
  writeFileSync(
    file,
    `version: 1\nmodel: { path: ., task: causal-lm }\nadapters: [{ method: lora, rank: 8, target_modules: [q_proj, v_proj] }]\n` +
      `data: { train: train.jsonl, max_length: ${cell.length} }\ntraining: { max_steps: 100000, batch_size: ${cell.batch} }\noutput: runs\n`,
  );
  return file;
}

/** Starts the run and waits for its second step, when graphs are built and all is warm. */
async function start(file) {
  const child = spawn(process.execPath, [cli, 'run', file, '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  let steps = 0;
  await new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the run ended with ${code}: ${said}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (JSON.parse(line).event === 'step' && ++steps === 2) resolve();
    });
  });
  return { child, steps: () => steps };
}

async function answers(connection, seconds) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const began = performance.now();
    await connection.request('status', {});
    times.push(performance.now() - began);
    await sleep(10);
  }
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))];
  return { requests: times.length, p50: at(0.5), p99: at(0.99), max: times.at(-1) };
}

let run;
try {
  const file = await recipe();
  const { connectDaemon } = await import(pathToFileURL(await bundle('server/wire/connect.ts', work)).href);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const connection = await connectDaemon({
    version,
    spawn: true,
    daemonScript: path.join(root, 'dist/daemon.js'),
    env,
  });
  const seconds = Number(options.seconds);
  const idle = await answers(connection, Math.min(3, seconds));
  run = await start(file);
  const before = run.steps();
  const training = await answers(connection, seconds);
  const steps = run.steps() - before;
  connection.close();
  if (steps === 0) throw new Error(`the run made no step within ${seconds} s: a longer --seconds is needed`);
  const result = {
    benchmark: 'responsive',
    cores: availableParallelism(),
    load,
    seconds,
    steps,
    targetMs: target,
    idle,
    training,
  };
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
} finally {
  run?.child.kill('SIGKILL');
  spawnSync(process.execPath, [cli, 'daemon', 'stop', '--force'], { env });
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function print({ idle, training, steps, seconds, cores, load }) {
  const line = (name, { requests, p50, p99, max }) =>
    console.log(
      `${name.padEnd(34)}p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms   max ${max.toFixed(1)} ms   ${requests} requests`,
    );
  line('daemon answers, idle', idle);
  line(`daemon answers, ${cores} cores training`, training);
  console.log(
    `${steps} steps in ${seconds} s meanwhile; target: p99 under ${target} ms ${training.p99 < target ? '✓' : '✗'}`,
  );
  if (load > cores / 4)
    console.log(`The machine was not quiet: load ${load.toFixed(1)} before the start. Measure again when it is.`);
}
