// The language server's figures, on Llama-3-70B's config and on a checkpoint of 10,000 tensors: `node bench/language.mjs [--json] [--runs N]`
// after `npm run build`. Times are wall-clock milliseconds as an editor sees them, over the real process's stdio; beside them what of that the
// server computed, which on a busy machine is the figure to look at.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { writeConfig, writeIndexed } from './language-models.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '7' } },
});
const runs = Number(options.runs);

const recipe = (model) => `version: 1
model:
  path: ./${model}
  task: causal-lm
  dtype: bfloat16
adapters:
  - name: attention
    method: lora
    rank: 16
    alpha: 32
    target_modules: [q_proj, k_proj, v_proj, o_proj]
    rank_pattern: { ".*layers\\\\.0\\\\.self_attn\\\\.q_proj": 8 }
  - name: mlp
    method: lora
    rank: 8
    target_modules: ".*layers\\\\.(1|2|3)[0-9]\\\\.mlp\\\\.(up|down)_proj"
    layers_to_transform: all
training:
  num_epochs: 3
  batch_size: 16
  optimizer: { name: adamw, learning_rate: 1.0e-4, weight_decay: 0.0 }
  scheduler: { name: cosine, warmup_ratio: 0.06 }
  max_grad_norm: 1.0
budget: { trainable: 200M, memory: 8TiB }
output: runs
`;

/** The real server process behind a connection, asked to start at once. */
function start(folder) {
  const child = spawn(process.execPath, ['--max-semi-space-size=2', path.join(root, 'dist/language.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest((_method) => null);
  connection.onNotification(() => undefined);
  connection.listen();
  const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: 'bench' }];
  const capabilities = { textDocument: { diagnostic: {}, definition: { linkSupport: true } } };
  const ready = connection.sendRequest('initialize', { processId: process.pid, workspaceFolders, capabilities });
  const stop = async () => {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await new Promise((done) => child.once('exit', done));
    connection.dispose();
  };
  return { connection, ready, stop, pid: child.pid };
}

/** Opens a recipe; resolves with the time when its diagnostics and inlay hints have both come. */
async function open({ connection, ready }, folder, name, text) {
  const uri = pathToFileURL(path.join(folder, name)).href;
  await ready;
  const begin = performance.now();
  connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'peft', version: 1, text },
  });
  const textDocument = { uri };
  const range = { start: { line: 0, character: 0 }, end: { line: text.split('\n').length, character: 0 } };
  const [report, hints] = await Promise.all([
    connection.sendRequest('textDocument/diagnostic', { textDocument }),
    connection.sendRequest('textDocument/inlayHint', { textDocument, range }),
  ]);
  const end = performance.now();
  if (report.items.some((d) => d.severity === 1) || hints.length < 3)
    throw new Error(`The recipe was not understood: ${JSON.stringify({ report, hints })}`);
  return { ms: end - begin, end, uri };
}

/** Milliseconds that the server's main thread has computed, where the system tells: without the time that it waited for a processor. */
function computed(pid) {
  if (process.platform !== 'linux') return undefined;
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Wall-clock and processor milliseconds of one exchange with the server. */
async function timed({ pid }, body) {
  const before = computed(pid);
  const begin = performance.now();
  await body();
  const wall = performance.now() - begin;
  return { wall, ...(before !== undefined && { cpu: computed(pid) - before }) };
}

/** Asks at every position of the text, one after the other, as a pointer that visits each character. */
async function everywhere(server, method, uri, text) {
  const times = [];
  for (const [line, content] of text.split('\n').entries())
    for (let character = 0; character <= content.length; character++) {
      const position = { line, character };
      times.push(await timed(server, () => server.connection.sendRequest(method, { textDocument: { uri }, position })));
    }
  return times;
}

/** The same after each of many changes: nothing that was worked out for the last version of the text is of use. */
async function whileTyping(server, method, uri, text, position, version) {
  const change = typist(uri, text, version);
  const times = [];
  for (let i = 0; i < 100; i++)
    times.push(
      await timed(server, () => {
        server.connection.sendNotification('textDocument/didChange', change(i));
        return server.connection.sendRequest(method, { textDocument: { uri }, position });
      }),
    );
  return times;
}

/** Changes of the rank's last digit. */
function typist(uri, text, version) {
  const lines = text.split('\n');
  const line = lines.findIndex((l) => l.includes('rank: 8'));
  const character = lines[line].length - 1;
  const range = { start: { line, character }, end: { line, character: character + 1 } };
  return (i) => ({
    textDocument: { uri, version: version + i },
    contentChanges: [{ range, text: String((i % 9) + 1) }],
  });
}

/** Types into the rank, one change at a time: until its diagnostics are there, or all that an editor asks for besides. */
async function typing(server, uri, text) {
  const { connection } = server;
  const all = { start: { line: 0, character: 0 }, end: { line: text.split('\n').length, character: 0 } };
  const textDocument = { uri };
  const ask = (method, more) => connection.sendRequest(`textDocument/${method}`, { textDocument, ...more });
  const times = { diagnostics: [], everything: [] };
  const change = typist(uri, text, 2);
  for (let i = 0; i < 400; i++) {
    const beside = i % 2 === 1 ? [['inlayHint', { range: all }], ['semanticTokens/full'], ['documentSymbol']] : [];
    const time = await timed(server, () => {
      connection.sendNotification('textDocument/didChange', change(i));
      return Promise.all([['diagnostic'], ...beside].map(([method, more]) => ask(method, more)));
    });
    times[beside.length > 0 ? 'everything' : 'diagnostics'].push(time);
  }
  return times;
}

/** Resident bytes of the process, where the system tells. */
function memory(pid) {
  if (process.platform !== 'linux') return undefined;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

const quantile = (times, q) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(q * times.length))];
/** Of plain times, or of exchanges with the server. */
const at = (q) => (times) =>
  typeof times[0] === 'number'
    ? { wall: quantile(times, q) }
    : {
        wall: quantile(
          times.map(({ wall }) => wall),
          q,
        ),
        ...(times[0].cpu !== undefined && {
          cpu: quantile(
            times.map(({ cpu }) => cpu),
            q,
          ),
        }),
      };
const median = at(0.5);
const p99 = at(0.99);

/** Whole processes: from the start to what is shown. The first run has nothing in the system's caches that a build left out. */
async function cold(folder, model) {
  const times = { initialized: [], shown: [] };
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    const server = start(folder);
    await server.ready;
    times.initialized.push(performance.now() - begin);
    const { end } = await open(server, folder, 'cold.peft', recipe(model));
    times.shown.push(end - begin);
    await server.stop();
  }
  return times;
}

async function warm(folder, model, fresh) {
  const server = start(folder);
  const text = recipe(model);
  const { uri, ms: first } = await open(server, folder, 'first.peft', text);
  const known = [];
  const unseen = [];
  for (const [i, other] of fresh.entries()) {
    unseen.push((await open(server, folder, `fresh-${i}.peft`, recipe(other))).ms);
    known.push((await open(server, folder, `known-${i}.peft`, text)).ms);
  }
  const position = { line: 10, character: 23 };
  const figures = {
    first,
    known,
    unseen,
    hover: await everywhere(server, 'textDocument/hover', uri, text),
    completion: await everywhere(server, 'textDocument/completion', uri, text),
    keystroke: await typing(server, uri, text),
    freshHover: await whileTyping(server, 'textDocument/hover', uri, text, position, 1000),
    freshCompletion: await whileTyping(server, 'textDocument/completion', uri, text, position, 2000),
    definition: await whileTyping(server, 'textDocument/definition', uri, text, position, 3000),
  };
  await server.stop();
  return figures;
}

/** 50 recipes open, each shown once and typed into. */
async function fifty(folder, models) {
  const server = start(folder);
  for (let i = 0; i < 50; i++) {
    const text = recipe(models[i % models.length]);
    const { uri } = await open(server, folder, `many-${i}.peft`, text);
    const change = typist(uri, text, 2);
    for (let k = 0; k < 5; k++) {
      server.connection.sendNotification('textDocument/didChange', change(k));
      await server.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
    }
  }
  const used = memory(server.pid);
  await server.stop();
  return used;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-bench-'));
try {
  const copies = Array.from({ length: runs + 1 }, (_, i) => `model-${i}`);
  for (const model of copies) writeConfig(path.join(folder, model));
  const tensors = writeIndexed(path.join(folder, 'indexed'));
  const indexedCopies = ['indexed-1', 'indexed-2'];
  for (const model of indexedCopies) writeIndexed(path.join(folder, model));

  const figures = [];
  const figure = (model, name, value, limit, unit = 'ms') => {
    if (value === undefined) return;
    const { wall, cpu } = typeof value === 'number' ? { wall: value } : value;
    const round = (x) => Number(x.toFixed(2));
    figures.push({ model, name, value: round(wall), ...(cpu !== undefined && { cpu: round(cpu) }), unit, limit });
  };
  for (const [title, model, fresh] of [
    ["Llama-3-70B's config", copies[0], copies.slice(1)],
    [`an index with ${tensors.toLocaleString('en-US')} tensors`, 'indexed', indexedCopies],
  ]) {
    const processes = await cold(folder, model);
    figure(title, 'cold: process start to initialized, median', median(processes.initialized), 300);
    figure(title, 'cold: process start to diagnostics and inlays, median', median(processes.shown));
    const server = await warm(folder, model, fresh);
    figure(title, 'open, model first seen by a warm process, median', median(server.unseen));
    figure(title, 'open, model known, median', median(server.known));
    figure(title, 'keystroke to diagnostics, median', median(server.keystroke.diagnostics), 20);
    figure(title, 'keystroke to diagnostics, p99', p99(server.keystroke.diagnostics), 50);
    figure(title, 'keystroke to all that an editor asks for, p99', p99(server.keystroke.everything), 50);
    figure(title, 'hover at every position, p99', p99(server.hover), 5);
    figure(title, 'hover after a keystroke, p99', p99(server.freshHover));
    figure(title, 'completion at every position, p99', p99(server.completion), 10);
    figure(title, 'completion after a keystroke, p99', p99(server.freshCompletion));
    figure(title, 'definition after a keystroke, p99', p99(server.definition));
    figure(title, 'memory with 50 recipes open', await fifty(folder, [model]), 150, 'MiB');
  }
  figure('both', 'memory with 50 recipes open, on both', await fifty(folder, [copies[0], 'indexed']), 150, 'MiB');

  if (options.json) console.log(JSON.stringify({ bench: 'language', node: process.version, figures }));
  else {
    const load = os.loadavg()[0].toFixed(1);
    console.log(
      `Language server, Node ${process.version}, ${runs} cold runs, load average ${load} on ${os.cpus().length} processors`,
    );
    let last;
    for (const { model, name, value, cpu, unit, limit } of figures) {
      if (model !== last) console.log(`${model}`);
      last = model;
      const goal = limit === undefined ? '' : `   limit ${limit} ${unit}${value <= limit ? '' : '  MISSED'}`;
      const computed = cpu === undefined ? '' : ` (computing ${cpu.toFixed(2)})`;
      console.log(`  ${name.padEnd(54)} ${value.toFixed(2).padStart(8)} ${unit}${computed}${goal}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
