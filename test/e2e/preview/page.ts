/** Pages of the extension in a plain browser: served with their own Content-Security-Policy, given a theme and messages as the editor does. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { pageHtml } from '../../../client/page-html.ts';
import { themes } from './themes.ts';

export type ThemeName = keyof typeof themes;
const nonce = 'preview';

/** @param script the page's, a name in dist/webviews. @param data what the page is about. @returns its address. */
export async function servePage(
  script: string,
  styles: string[],
  data: Record<string, string> = { run: '/run' },
): Promise<{ base: string; close(): void }> {
  const server = createServer((request, response) => {
    const file = /^\/\w+\.(js|css)$/.test(request.url ?? '') ? path.join('dist/webviews', request.url!) : undefined;
    if (file) {
      response.setHeader('content-type', file.endsWith('.js') ? 'text/javascript' : 'text/css');
      response.end(readFileSync(file));
    } else {
      response.setHeader('content-type', 'text/html');
      const page = pageHtml({
        title: 'Preview',
        nonce,
        source: "'self'",
        script: `/${script}.js`,
        styles: styles.map((style) => `/${style}.css`),
        data,
      });
      // What the editor puts into the page before ours runs; what the page posts is kept for those who look.
      const api = `<script nonce="${nonce}">
      window.posted = [];
      window.acquireVsCodeApi = () => ({
        postMessage(message) { window.posted.push(message); },
        getState() { return window.keptState; },
        setState(state) { window.keptState = state; },
      });
    </script>`;
      response.end(page.replace(/<body.*>/, (body) => `${body}${api}`));
    }
  }).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

/** Anything that the policy or the script complains about is told. */
export async function openPage(context: BrowserContext, complain: (message: string) => void): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) complain(message.text());
  });
  page.on('pageerror', (error) => complain(error.message));
  return page;
}

export async function applyTheme(page: Page, theme: ThemeName): Promise<void> {
  await page.evaluate(({ kind, variables }) => {
    document.body.className = kind;
    for (const [variable, value] of Object.entries(variables))
      document.documentElement.style.setProperty(`--vscode-${variable}`, value);
  }, themes[theme]);
}

export async function send(page: Page, messages: readonly unknown[]): Promise<void> {
  await page.evaluate((all) => {
    for (const message of all) window.postMessage(message, '*');
  }, messages);
}
