/**
 * Pictures of the run panel in every state and theme, without an editor: `node test/e2e/preview/main.ts [output folder]` after a build.
 * The page is the extension's own, with its Content-Security-Policy; anything that the policy or the script complains about fails.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { pageHtml } from '../../../client/page-html.ts';
import { runs } from './runs.ts';
import { themes } from './themes.ts';

const output = process.argv[2] ?? 'test/artifacts/preview';
mkdirSync(output, { recursive: true });
const nonce = 'preview';
const complaints: string[] = [];

const server = createServer((request, response) => {
  const file = /^\/\w+\.(js|css)$/.test(request.url ?? '') ? path.join('dist/webviews', request.url!) : undefined;
  if (file) {
    response.setHeader('content-type', file.endsWith('.js') ? 'text/javascript' : 'text/css');
    response.end(readFileSync(file));
  } else {
    response.setHeader('content-type', 'text/html');
    const page = pageHtml({
      title: 'Run',
      nonce,
      source: "'self'",
      script: '/run.js',
      styles: ['/base.css', '/charts.css', '/run.css'],
      data: { run: '/run' },
    });
    // What the editor puts into the page before ours runs.
    const api = `<script nonce="${nonce}">
      window.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} });
    </script>`;
    response.end(page.replace(/<body.*>/, (body) => `${body}${api}`));
  }
}).listen(0, '127.0.0.1');
await new Promise((ready) => server.once('listening', ready));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const browser = await chromium.launch({
  executablePath: process.env.RANKWISE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

async function picture(
  context: BrowserContext,
  theme: keyof typeof themes,
  state: string,
  name: string,
): Promise<void> {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon'))
      complaints.push(`${name}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  const { now, messages } = runs[state]!;
  await page.clock.setFixedTime(Date.parse('2026-03-14T09:26:53Z') + now * 1000);
  await page.goto(base);
  await page.evaluate(
    ({ kind, variables, messages }) => {
      document.body.className = kind;
      for (const [variable, value] of Object.entries(variables))
        document.documentElement.style.setProperty(`--vscode-${variable}`, value);
      for (const message of messages) window.postMessage(message, '*');
    },
    { ...themes[theme], messages },
  );
  await page.locator('main h1').waitFor({ state: 'visible' });
  await page.waitForTimeout(350);
  if (name.includes('hover')) {
    const box = (await page.locator('canvas').first().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.62, box.y + box.height / 2);
    await page.waitForTimeout(100);
  }
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: name.includes('whole') });
  await page.close();
}

const wide = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
  await picture(wide, theme, 'running', `${theme}-running`);
  await picture(wide, theme, 'finished', `${theme}-finished-whole`);
}
await picture(wide, 'dark', 'running', 'dark-running-hover');
for (const state of ['long', 'queued', 'loading', 'failed', 'interrupted', 'offline', 'missing'])
  await picture(wide, 'dark', state, `dark-${state}`);
await picture(wide, 'light', 'failed', 'light-failed');
const narrow = await browser.newContext({ viewport: { width: 420, height: 800 }, reducedMotion: 'reduce' });
await picture(narrow, 'dark', 'running', 'dark-narrow');
await picture(narrow, 'light', 'finished', 'light-narrow-finished-whole');
await browser.close();
server.close();
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
