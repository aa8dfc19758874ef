/** The language server as it is shipped: a process that loads no tensor library and reaches for no network. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

/** Loaded before the server: every way out is a fault, and at the end it tells what was loaded. */
const guard = `
const Module = require('node:module');
const refuse = (what) => () => { process.stderr.write('NETWORK ' + what + '\\n'); throw new Error(what); };
require('node:net').Socket.prototype.connect = refuse('connect');
require('node:dgram').Socket.prototype.send = refuse('send');
for (const dns of [require('node:dns'), require('node:dns').promises])
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) dns[name] = refuse(name);
globalThis.fetch = refuse('fetch');
const load = Module._load;
const loaded = new Set();
Module._load = function (request, ...rest) { loaded.add(request); return load.call(this, request, ...rest); };
process.on('exit', () => process.stderr.write('LOADED ' + [...loaded].join(' ') + ' ' + Object.keys(require.cache).join(' ') + '\\n'));
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-server-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('no tensor library is loaded, and nothing reaches for the network', async () => {
  cpSync('test/fixtures/tiny/llama', path.join(folder, 'llama'), { recursive: true });
  writeFileSync(path.join(folder, 'guard.cjs'), guard);
  const child = spawn(
    process.execPath,
    ['--require', path.join(folder, 'guard.cjs'), path.resolve('dist/language.js'), '--stdio'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest(() => null);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'test' }],
    capabilities: { textDocument: { diagnostic: {} } },
  });
  // A hub id is looked for in the cache of this machine, and nowhere else.
  for (const model of ['./llama', 'meta-llama/Llama-3.1-8B']) {
    const uri = pathToFileURL(path.join(folder, `${path.basename(model)}.peft`)).href;
    const text = `version: 1\nmodel: { path: ${model} }\nadapters:\n  - method: lora\n    target_modules: [q_proj]\n`;
    const textDocument = { uri, languageId: 'peft', version: 1, text };
    await connection.sendNotification('textDocument/didOpen', { textDocument });
    const position = { line: 4, character: 24 };
    for (const method of ['diagnostic', 'hover', 'completion', 'definition', 'semanticTokens/full', 'codeLens'])
      await connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position });
    await connection.sendRequest('workspace/symbol', { query: '' });
  }
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  const code = await new Promise((done) => child.once('close', done));
  connection.dispose();
  expect(code).toBe(0);
  expect(said).not.toContain('NETWORK');
  expect(said).toMatch(/LOADED .*dist\/language\.js/);
  expect(said).not.toMatch(/onnxruntime|tensorflow|tfjs|\.node\b/);
  // Nor is one part of the bundle.
  expect(readFileSync('dist/language.js', 'utf8')).not.toMatch(/@tensorflow|tfjs-core|require\("onnxruntime/);
});
