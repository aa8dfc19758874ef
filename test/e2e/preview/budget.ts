/**
 * Pictures of the budget panel in every state and theme, without an editor: `node test/e2e/preview/budget.ts [output folder] [name …]` after a
 * build. With names: only the pictures whose names contain one of them.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { ToBudgetView } from '../../../server/protocol/budget-view.ts';
import { comparisons, enlarged } from './comparisons.ts';
import { applyTheme, openPage, send, servePage, type ThemeName } from './page.ts';
import { themes } from './themes.ts';

const [output = 'test/artifacts/preview-budget', ...wanted] = process.argv.slice(2);
mkdirSync(output, { recursive: true });
const complaints: string[] = [];
const { base, close } = await servePage('budget', ['base', 'charts', 'budget'], { recipe: 'file:///llama.peft' });
const browser = await chromium.launch({
  executablePath: process.env.RANKWISE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

type Gesture = (page: Page) => Promise<void>;

async function picture(
  context: BrowserContext,
  theme: ThemeName,
  messages: ToBudgetView[],
  name: string,
  gesture?: Gesture,
): Promise<void> {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  const page = await openPage(context, (message) => complaints.push(`${name}: ${message}`));
  await page.goto(base);
  await applyTheme(page, theme);
  await send(page, messages);
  await page.locator('main h1').waitFor({ state: 'visible' });
  await page.waitForTimeout(300);
  await gesture?.(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: name.includes('whole') });
  await page.close();
}

const choose: Gesture = async (page) => {
  await page.locator('tr[data-key="svft|banded, d = 2|"]').click();
};
const hover: Gesture = async (page) => {
  const series = await page.evaluate(() => window.rankwiseBudget.points());
  const { x, y } = series.find(({ method }) => method === 'pissa')!.points[3]!;
  const box = (await page.locator('canvas').boundingBox())!;
  await page.mouse.move(box.x + x, box.y + y);
};
const filter: Gesture = async (page) => {
  await page.locator('[data-method="dora"]').click();
  await page.locator('[data-method="full"]').click();
  await page.locator('.filter input').check();
  await page.locator('[data-column="updateRank"] button').click();
};

const wide = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
for (const theme of Object.keys(themes) as ThemeName[]) {
  await picture(wide, theme, comparisons.llama!, `${theme}-llama-whole`, choose);
  await picture(wide, theme, comparisons.roberta!, `${theme}-roberta`, choose);
}
await picture(wide, 'dark', comparisons.llama!, 'dark-llama-hover', hover);
await picture(wide, 'dark', comparisons.several!, 'dark-several');
await picture(wide, 'light', comparisons.over!, 'light-over-whole');
await picture(wide, 'dark', comparisons.findings!, 'dark-findings');
await picture(wide, 'light', comparisons.reading!, 'light-reading');
const narrow = await browser.newContext({ viewport: { width: 500, height: 900 }, reducedMotion: 'reduce' });
await picture(narrow, 'dark', comparisons.llama!, 'dark-narrow', choose);
await picture(narrow, 'light', comparisons.llama!, 'light-narrow-filter', filter);
await picture(narrow, 'light', [enlarged(comparisons.llama![0]!, 150)], 'light-narrow-many-whole');
await browser.close();
close();
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
