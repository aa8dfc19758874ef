// 10,000 run directories: `node bench/runs.mjs [--runs 10000]` after `npm run build`. The directories are made under the system's temporary folder, finished ones with a run.json as the
// quickstart leaves it, and removed. Times are the smallest and the median of --repeat.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../scripts/program.mjs';
import { root } from './processes.mjs';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, repeat: { type: 'string', default: '5' } },
});
const number = Number(options.runs);
const repeat = Number(options.repeat);
const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-runs-'));
const home = path.join(folder, 'home');
const runtime = path.join(folder, 'rt');
const env = { ...process.env, RANKWISE_HOME: home, XDG_RUNTIME_DIR: runtime, NO_COLOR: '1' };

function record(i) {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + i * 60_000);
  const id = `${createdAt.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-sst2-${i}`;
  const run = path.join(folder, 'runs', id);
  const loss = 0.2 + (i % 97) / 100;
  return {
    format: 1,
    ...{ id, run, name: `sst2-${i}`, recipe: '/home/user/recipes/sst2.peft', state: i % 20 ? 'finished' : 'failed' },
    ...{ method: ['lora', 'lora-xs', 'svft', 'pissa'][i % 4], model: 'roberta-base', step: 200, totalSteps: 200 },
    ...{
      createdAt: createdAt.toISOString(),
      resumes: 0,
      fingerprint: 'f6809eb6768f808aef5aa3fffec387acfc493837fe33d5c5c80d3043b26aa792',
    },
    startedAt: createdAt.toISOString(),
    pinned: {
      backend: 'onnxruntime',
      provider: 'cpu',
      threads: 2,
      dtype: 'float32',
      versions: { 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs-core': '4.22.0' },
    },
    check: { outcome: 'agrees', difference: 0 },
    lastLoss: loss,
    endedAt: new Date(createdAt.getTime() + 30_000).toISOString(),
    result: {
      ...{
        trainableParameters: 92672,
        allParameters: 1394592,
        percent: 6.645097634290172,
        adapterBytes: 377768,
        seconds: 29.572682512,
      },
      base: { loss: 3.7758248666331866, metrics: { perplexity: 43.633485281682695 } },
      adapted: { loss, metrics: { perplexity: Math.exp(loss) } },
    },
    adapters: [{ name: 'lora', path: path.join(run, 'adapter') }],
    ...(i % 10 === 0 && { labels: { starred: true, tags: ['paper', 'night run'] } }),
  };
}

function makeRuns() {
  mkdirSync(home, { recursive: true });
  mkdirSync(runtime, { mode: 0o700 });
  const lines = [];
  for (let i = 0; i < number; i++) {
    const made = record(i);
    mkdirSync(path.join(made.run, 'adapter'), { recursive: true });
    writeFileSync(path.join(made.run, 'run.json'), `${JSON.stringify(made, null, 2)}\n`);
    writeFileSync(
      path.join(made.run, 'recipe.peft'),
      'model:\n  path: /models/roberta-base\nadapters:\n  - method: lora\n',
    );
    writeFileSync(path.join(made.run, 'metrics.jsonl'), '{"event":"step","step":1,"loss":1}\n');
    const { id, run, name, recipe, method, model, createdAt, labels } = made;
    lines.push(JSON.stringify({ run, id, name, recipe, method, model, createdAt, labels }));
  }
  writeFileSync(path.join(home, 'runs.jsonl'), `${lines.join('\n')}\n`);
}

const cli = (...args) =>
  execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
const time = async (work) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const ms = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return `${sorted[0].toFixed(0).padStart(6)} ms  median ${sorted[sorted.length >> 1].toFixed(0)} ms`;
};
const say = (what, value) => console.log(`${what.padEnd(58)}${value}`);
const memory = (pid) => {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
};

try {
  makeRuns();
  const { connectDaemon, version, matcher, parseQuery, allRuns, runPages } = await runProgram('bench/runs.ts', {
    packages: 'external',
  });
  const connect = () => connectDaemon({ version, spawn: true, daemonScript: path.join(root, 'dist/daemon.js'), env });
  const files = Array.from({ length: number }, (_, i) => path.join(record(i).run, 'run.json'));
  const bare = [];
  const [connected, started, requested, whole, parts, listed] = [[], [], [], [], [], []];
  let [before, after, list] = [Number.NaN, Number.NaN, []];
  for (let i = 0; i < repeat; i++) {
    bare.push(await time(() => files.map((file) => JSON.parse(readFileSync(file, 'utf8')))));
    const began = performance.now();
    const daemon = await connect();
    connected.push(performance.now() - began);
    await runPages(daemon).next();
    started.push(performance.now() - began);
    before = memory(daemon.daemon.pid);
    for (let j = 0; j < 3; j++) {
      parts.push(await time(() => runPages(daemon).next()));
      whole.push(
        await time(async () => {
          list = await allRuns(daemon);
        }),
      );
      requested.push(await time(() => daemon.request('runs', {})));
    }
    after = memory(daemon.daemon.pid);
    listed.push(await time(() => cli('runs', '--limit', '20')));
    await new Promise((resolve) => setTimeout(resolve, 1500)); // copies are written
    daemon.close();
    cli('daemon', 'stop', '--force');
  }
  if (list.length !== number) throw new Error(`${list.length} runs were listed`);
  console.log(
    `${number.toLocaleString('en-US')} run directories, Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0].model}), load ${os.loadavg()[0].toFixed(1)}`,
  );
  say('reading the run.json files alone (readFileSync, JSON.parse)', ms(bare));
  say('start of the daemon until it answers', ms(connected));
  say('start without copies (kept.json) until the newest are there', ms(started.slice(0, 1)));
  say('start with them', ms(started.slice(1)));
  say('daemon that is up: until the newest 200 are there', ms(parts));
  say('daemon that is up: all, in parts', ms(whole));
  say('daemon that is up: all, in one message', ms(requested));
  say('`rankwise runs --limit 20`, a process', ms(listed));
  say('`rankwise --version`, a process', ms([await time(() => cli('--version')), await time(() => cli('--version'))]));
  const filter = matcher(parseQuery('state:finished tag:"night run" sst2').filter);
  const filtering = [];
  for (let i = 0; i < 9; i++) filtering.push(await time(() => list.filter(filter)));
  say('a filter over all of them', ms(filtering));
  const size = Buffer.byteLength(JSON.stringify(list)) / 2 ** 20;
  say(
    'memory of the daemon',
    `${before.toFixed(0)} MiB after the first answer, ${after.toFixed(0)} after more; the answer has ${size.toFixed(1)} MiB`,
  );
} finally {
  spawn(process.execPath, [path.join(root, 'dist/cli.js'), 'daemon', 'stop', '--force'], { env, stdio: 'ignore' }).once(
    'close',
    () => rmSync(folder, { recursive: true, force: true }),
  );
}
