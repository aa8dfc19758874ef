/**
 * Pictures of the spectrum panel in every state and theme, without an editor: `node test/e2e/preview/spectrum.ts [output folder] [name …]` after a
 * build. With names: only the pictures whose names contain one of them.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { applyTheme, openPage, send, servePage, type ThemeName } from './page.ts';
import { spectra } from './spectra.ts';
import { themes } from './themes.ts';

const [output = 'test/artifacts/preview-spectrum', ...wanted] = process.argv.slice(2);
mkdirSync(output, { recursive: true });
const complaints: string[] = [];
const { base, close } = await servePage('spectrum', ['base', 'charts', 'spectrum']);
const browser = await chromium.launch({
  executablePath: process.env.RANKWISE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

type Gesture = (page: Page) => Promise<void>;

async function picture(
  context: BrowserContext,
  theme: ThemeName,
  state: string,
  name: string,
  gesture?: Gesture,
): Promise<void> {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  const page = await openPage(context, (message) => complaints.push(`${name}: ${message}`));
  await page.goto(base);
  await applyTheme(page, theme);
  await send(page, spectra[state]!);
  await page.locator('main h1').waitFor({ state: 'visible' });
  await page.waitForTimeout(600);
  await gesture?.(page);
  await page.waitForTimeout(400);
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: name.includes('whole') });
  await page.close();
}

const cell = (page: Page, layer: number, kind: string) =>
  page.locator(`[data-matrix="roberta.encoder.layer.${layer}.${kind}"]`);
const several: Gesture = async (page) => {
  await cell(page, 0, 'attention.self.query').click();
  for (const layer of [4, 8, 11]) await cell(page, layer, 'attention.self.query').click({ modifiers: ['Shift'] });
  await page.locator('.rank-field').fill('64');
};
const row: Gesture = async (page) => {
  await page.locator('.rowheader', { hasText: 'attention.self.key' }).click();
  await page.locator('#values button[data-value="normalised"]').click();
  await page.locator('#values [aria-label="Index"] [data-value="log"]').click();
  await page.locator('.grid-card select').first().selectOption('energy');
};
const update: Gesture = async (page) => {
  await cell(page, 5, 'attention.self.query').click();
  await page.locator('#change').scrollIntoViewIfNeeded();
};
const learned =
  (kind: string): Gesture =>
  async (page) => {
    await cell(page, 3, kind).click();
    await page.locator('#learned').scrollIntoViewIfNeeded();
  };
const fresh: Gesture = async (page) => {
  await cell(page, 5, 'attention.self.value').click();
};
const hover: Gesture = async (page) => {
  await page.locator('#quantiles canvas').scrollIntoViewIfNeeded();
  const box = (await page.locator('#quantiles canvas').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
};

const tip: Gesture = async (page) => {
  await several(page);
  const box = (await page.locator('#energy canvas').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.3);
};
const layer: Gesture = async (page) => {
  await page.locator('.rowheader').nth(1).click();
};

const wide = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
for (const theme of Object.keys(themes) as ThemeName[]) {
  await picture(wide, theme, 'streaming', `${theme}-streaming`);
  await picture(wide, theme, 'complete', `${theme}-several-whole`, several);
  await picture(wide, theme, 'tuned', `${theme}-tuned-whole`, update);
}
for (const theme of Object.keys(themes) as ThemeName[])
  for (const [name, kind] of Object.entries({ z: 'query', M: 'value', E: 'key', R: 'output.dense' }))
    await picture(
      wide,
      theme,
      'learned',
      `${theme}-learned-${name}`,
      learned(kind === 'output.dense' ? kind : `attention.self.${kind}`),
    );
await picture(wide, 'dark', 'complete', 'dark-row-whole', row);
await picture(wide, 'light', 'complete', 'light-row', row);
await picture(wide, 'light', 'tuned', 'light-new-directions-whole', fresh);
await picture(wide, 'dark', 'compared', 'dark-compared-whole', several);
await picture(wide, 'dark', 'complete', 'dark-hover', hover);
await picture(wide, 'dark', 'compared', 'dark-tip', tip);
await picture(wide, 'dark', 'many', 'dark-many', layer);
for (const state of ['loading', 'faults', 'failed', 'broken', 'stopped', 'empty'])
  await picture(wide, 'dark', state, `dark-${state}`);
const narrow = await browser.newContext({ viewport: { width: 420, height: 900 }, reducedMotion: 'reduce' });
await picture(narrow, 'dark', 'streaming', 'dark-narrow');
await picture(narrow, 'dark', 'many', 'dark-narrow-many', layer);
await picture(narrow, 'light', 'tuned', 'light-narrow-whole', several);
await browser.close();
close();
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
