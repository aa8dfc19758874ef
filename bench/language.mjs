// The language server's figures on Llama-3-70B's config: `node bench/language.mjs [--json] [--runs N]` after `npm run build`.
// Times are wall-clock milliseconds as an editor sees them, over the real process's stdio.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

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
  const child = spawn(process.execPath, [path.join(root, 'dist/language.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest((_method) => null);
  connection.listen();
  const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: 'bench' }];
  const capabilities = { textDocument: { diagnostic: {} } };
  const ready = connection.sendRequest('initialize', { processId: process.pid, workspaceFolders, capabilities });
  const stop = async () => {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await new Promise((done) => child.once('exit', done));
    connection.dispose();
  };
  return { connection, ready, stop };
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

/** Asks at every position of the text, one after the other, as a pointer that visits each character. */
async function everywhere({ connection }, method, uri, text) {
  const times = [];
  for (const [line, content] of text.split('\n').entries())
    for (let character = 0; character <= content.length; character++) {
      const begin = performance.now();
      await connection.sendRequest(method, { textDocument: { uri }, position: { line, character } });
      times.push(performance.now() - begin);
    }
  return times;
}

/** Types digits into the rank, one change at a time, and waits for diagnostics and hints after each. */
async function typing({ connection }, uri, text) {
  const lines = text.split('\n');
  const line = lines.findIndex((l) => l.includes('rank: 8'));
  const character = lines[line].length - 1;
  const range = { start: { line, character }, end: { line, character: character + 1 } };
  const all = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
  const times = [];
  for (let i = 0; i < 50; i++) {
    const begin = performance.now();
    connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: i + 2 },
      contentChanges: [{ range, text: String((i % 9) + 1) }],
    });
    await Promise.all([
      connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }),
      connection.sendRequest('textDocument/inlayHint', { textDocument: { uri }, range: all }),
    ]);
    times.push(performance.now() - begin);
  }
  return times;
}

const quantile = (times, q) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(q * times.length))];

const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-bench-'));
try {
  const config = path.join(root, 'test/fixtures/configs/llama-3-70b/config.json');
  const models = Array.from({ length: runs + 1 }, (_, i) => `model-${i}`);
  for (const model of models) {
    mkdirSync(path.join(folder, model));
    cpSync(config, path.join(folder, model, 'config.json'));
  }

  const cold = { start: [], ready: [] };
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    const server = start(folder);
    await server.ready;
    cold.start.push(performance.now() - begin);
    const { end } = await open(server, folder, 'cold.peft', recipe(models[0]));
    cold.ready.push(end - begin);
    await server.stop();
  }

  const server = start(folder);
  const text = recipe(models[0]);
  const { uri } = await open(server, folder, 'first.peft', text);
  const [known, fresh] = [[], []];
  for (let i = 1; i <= runs; i++) {
    fresh.push((await open(server, folder, `fresh-${i}.peft`, recipe(models[i]))).ms);
    known.push((await open(server, folder, `known-${i}.peft`, text)).ms);
  }
  const hover = await everywhere(server, 'textDocument/hover', uri, text);
  const completion = await everywhere(server, 'textDocument/completion', uri, text);
  const keystroke = await typing(server, uri, text);
  await server.stop();

  const figures = [
    ['process start to initialized, median', quantile(cold.start, 0.5), 300],
    ['process start to diagnostics and inlays, median', quantile(cold.ready, 0.5), undefined],
    ['open to diagnostics and inlays, warm, median', quantile(known, 0.5), 50],
    ['open to diagnostics and inlays, model first seen, median', quantile(fresh, 0.5), 50],
    ['keystroke to diagnostics and inlays, p99', quantile(keystroke, 0.99), 50],
    ['hover, p50', quantile(hover, 0.5), undefined],
    ['hover, p99', quantile(hover, 0.99), 5],
    ['completion, p50', quantile(completion, 0.5), undefined],
    ['completion, p99', quantile(completion, 0.99), undefined],
  ].map(([name, ms, target]) => ({ name, ms: Number(ms.toFixed(2)), ...(target !== undefined && { target }) }));

  if (options.json) console.log(JSON.stringify({ bench: 'language', node: process.version, figures }));
  else {
    console.log(`Language server, Llama-3-70B's config, Node ${process.version}, ${runs} runs`);
    for (const { name, ms, target } of figures) {
      const goal = target === undefined ? '' : `   target ${target} ms${ms <= target ? '' : '  MISSED'}`;
      console.log(`  ${name.padEnd(58)} ${ms.toFixed(2).padStart(8)} ms${goal}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
