/**
 * Pictures of the run panel in every state and theme, without an editor: `node test/e2e/preview/main.ts [output folder]` after a build.
 * The page is the extension's own, with its Content-Security-Policy; anything that the policy or the script complains about fails.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { applyTheme, openPage, send, servePage, type ThemeName } from './page.ts';
import { runs } from './runs.ts';
import { themes } from './themes.ts';

const output = process.argv[2] ?? 'test/artifacts/preview';
mkdirSync(output, { recursive: true });
const complaints: string[] = [];
const { base, close } = await servePage('run', ['base', 'charts', 'run']);
const browser = await chromium.launch({
  executablePath: process.env.RANKWISE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

async function picture(context: BrowserContext, theme: ThemeName, state: string, name: string): Promise<void> {
  const page = await openPage(context, (message) => complaints.push(`${name}: ${message}`));
  const { now, messages } = runs[state]!;
  await page.clock.setFixedTime(Date.parse('2026-03-14T09:26:53Z') + now * 1000);
  await page.goto(base);
  await applyTheme(page, theme);
  await send(page, messages);
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
for (const theme of Object.keys(themes) as ThemeName[]) {
  await picture(wide, theme, 'running', `${theme}-running`);
  await picture(wide, theme, 'finished', `${theme}-finished-whole`);
  await picture(wide, theme, 'ranked', `${theme}-ranked-whole`);
}
await picture(wide, 'dark', 'running', 'dark-running-hover');
for (const state of ['long', 'queued', 'loading', 'failed', 'interrupted', 'offline', 'missing'])
  await picture(wide, 'dark', state, `dark-${state}`);
await picture(wide, 'light', 'failed', 'light-failed');
const narrow = await browser.newContext({ viewport: { width: 420, height: 800 }, reducedMotion: 'reduce' });
await picture(narrow, 'dark', 'running', 'dark-narrow');
await picture(narrow, 'light', 'finished', 'light-narrow-finished-whole');
await browser.close();
close();
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
