#!/usr/bin/env node
// Stands in for the `code` executable where VS Code's desktop build cannot be had: takes the arguments of @vscode/test-electron
//   [folder] --extensionDevelopmentPath=DIR --extensionTestsPath=FILE [flags that do not matter here]
// lets the real workbench run the tests in its extension host, prints what they print and exits with their code.
import path from 'node:path';
import { openBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

const options = {};
const positional = [];
for (const argument of process.argv.slice(2)) {
  const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  if (match) options[match[1]] = match[2] ?? true;
  else positional.push(argument);
}
const { extensionDevelopmentPath: extension, extensionTestsPath: tests } = options;
if (!extension || !tests) {
  console.error('code.mjs needs --extensionDevelopmentPath and --extensionTestsPath');
  process.exit(2);
}

const limit = Number(process.env.RANKWISE_E2E_LIMIT_MS ?? 300_000);
// Chatter of the workbench about services that are not there; the tests' own lines are what people want to read.
const noise =
  /open-vsx|Service Worker|Creating a socket|connection token|AgentHost|AccountPolicyGate|reconnection-grace|workbench contribution|The web worker extension host|Refused to|Could not locate the bindings file|spdlog|native-watchdog/;

const server = await startServer({ testDriver: true });
const browser = await openBrowser();
let code = 1;
const end = async () => {
  await browser.close();
  await server.stop();
};
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, async () => {
    await end();
    process.exit(130);
  });

try {
  const { page } = browser;
  let finish;
  const exited = new Promise((done) => (finish = done));
  // The two hooks that VS Code's own web integration tests use.
  await page.exposeFunction('codeAutomationLog', (type, [first, ...rest]) => {
    const head =
      typeof first === 'string' ? first.replace(/%[sdo]/g, () => String(rest.shift() ?? '')) : JSON.stringify(first);
    const line = [head, ...rest.map((x) => (typeof x === 'string' ? x : JSON.stringify(x)))].join(' ');
    if (process.env.RANKWISE_E2E_VERBOSE || !noise.test(line))
      (type === 'error' ? process.stderr : process.stdout).write(`${line}\n`);
  });
  await page.exposeFunction('codeAutomationExit', (status) => finish(status));
  const remote = (file) => `vscode-remote://localhost:${server.port}${path.resolve(file)}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(extension)],
    ['extensionTestsPath', remote(tests)],
    ['skipWelcome', 'true'],
  ]);
  const folder = positional[0] ? `folder=${encodeURIComponent(path.resolve(positional[0]))}` : 'ew=true';
  await page.goto(`${server.base}/?${folder}&payload=${encodeURIComponent(payload)}`, {
    waitUntil: 'domcontentloaded',
  });
  const status = await Promise.race([exited, new Promise((done) => setTimeout(done, limit, 'timeout'))]);
  if (process.env.RANKWISE_E2E_SHOT) await page.screenshot({ path: process.env.RANKWISE_E2E_SHOT }).catch(() => {});
  if (status === 'timeout')
    console.error(`the tests did not end within ${limit / 1000} s\n${server.log().slice(-3000)}`);
  else code = status;
} catch (error) {
  console.error(error);
} finally {
  await end();
}
process.exit(code);
