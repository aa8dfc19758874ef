// One page of the extension in a plain browser, shown anew as often as tests want; what it complains about fails the test.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../host/browser.mjs';
import { applyTheme, openPage, send, servePage } from '../preview/page.ts';

export const artifacts = path.resolve(import.meta.dirname, '../../artifacts');

/** @param script the page's, a name in dist/webviews, and that of its styles. @param data what the page is about. */
export function startPage(script, { size, data }) {
  const complaints = [];
  let pages;
  let browser;
  let page;

  before(async () => {
    mkdirSync(artifacts, { recursive: true });
    pages = await servePage(script, ['base', 'charts', script], data);
    browser = await openBrowser(size);
  });
  after(async () => {
    await browser?.close();
    pages?.close();
  });

  return {
    /** A new page, given messages. @param kept what it kept before. */
    async open(messages, { theme = 'dark', kept } = {}) {
      await page?.close();
      page = await openPage(browser.page.context(), (message) => complaints.push(message));
      if (kept)
        await page.addInitScript((state) => {
          window.keptState = state;
        }, kept);
      await page.goto(pages.base);
      await applyTheme(page, theme);
      await send(page, messages);
      return page;
    },
    /** What it told the extension. */
    posted: (type) => page.evaluate((wanted) => window.posted.filter((m) => m.type === wanted), type),
    kept: () => page.evaluate(() => window.keptState),
    check: (name, go) =>
      test(name, async () => {
        complaints.length = 0;
        await go();
        assert.deepEqual(complaints, []);
      }),
  };
}
