// Headless Chromium on the workbench, and the few gestures that every UI test needs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { ensureChromium } from '../../../scripts/tools.mjs';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser({ width = 1400, height = 900, theme = 'dark' } = {}) {
  const profile = mkdtempSync(path.join(tmpdir(), 'rwc-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: ensureChromium(),
    headless: true,
    viewport: { width, height },
    colorScheme: theme,
    args: flags,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const close = async () => {
    await context.close().catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { page, close };
}

/** The workbench on a folder, ready for keys. */
export async function openWorkbench(page, base, folder) {
  await page.goto(`${base}/?folder=${encodeURIComponent(folder)}`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 60_000 });
}

export async function openFile(page, name) {
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
  await page.waitForSelector('.editor-instance .view-line', { timeout: 30_000 });
}

/**
 * Picks a command from the palette by its title. Keys typed before the input is there are lost, hence the waits. An open palette does not notice
 * a command that is enabled only now (the workspace's trust comes late), so that it is opened again until the command is there.
 */
export async function runCommand(page, title, { beforePick } = {}) {
  const input = page.locator('.quick-input-widget input[type=text]').first();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  for (let tries = 6; ; tries--) {
    await page.keyboard.press('F1');
    await input.waitFor({ state: 'visible' });
    await input.fill(`>${title}`);
    const found = await row.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (found) break;
    if (tries === 0) throw new Error(`the palette has no command "${title}"`);
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'hidden' });
  }
  await beforePick?.();
  await row.click();
  await input.waitFor({ state: 'hidden' });
}

/** The page may be there again before the palette is seen to be gone. */
export async function reloadWindow(page) {
  const loaded = page.waitForEvent('domcontentloaded');
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
}

/** Clicks a lens once it stands still: the editor puts its lenses anew whenever one of them changes, and a click on one that goes is lost. */
export async function clickLens(page, title) {
  const lens = page.locator('.codelens-decoration a', { hasText: title }).first();
  await lens.waitFor({ timeout: 60_000 });
  for (let before, now; ; before = now) {
    now = JSON.stringify(await lens.boundingBox());
    if (now === before) break;
    await page.waitForTimeout(500);
  }
  await lens.click();
}

/** Opens a page by a lens. Where a click is lost on a machine that is very busy, it is given again, as a person would, and that is said. */
export async function openByLens(page, title, selector) {
  for (let tries = 1; ; tries++) {
    await clickLens(page, title);
    try {
      return await webviewWith(page, selector, 25_000);
    } catch (error) {
      if (tries === 3) throw error;
      console.log(`the lens ${title} opened nothing: it is clicked again`);
    }
  }
}

/** The innermost frame that holds `selector`: a webview's content is two frames down. */
export async function webviewWith(page, selector, timeout = 30_000) {
  const until = Date.now() + timeout;
  while (Date.now() < until) {
    for (const frame of page.frames()) {
      const found = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (found) return frame;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(
    `no webview with ${selector}; frames: ${page
      .frames()
      .map((frame) => frame.url().slice(0, 80))
      .join(', ')}`,
  );
}
