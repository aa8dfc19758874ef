/**
 * Pictures of the run panel in every state and theme, without an editor: `node test/e2e/preview/main.ts [output folder]` after a build.
 * The page is the extension's own, with its Content-Security-Policy; anything that the policy or the script complains about fails.
 */
import type { ThemeName } from './page.ts';
import { type Gesture, type Screen, startPictures } from './pictures.ts';
import { runs } from './runs.ts';
import { themes } from './themes.ts';

const { screen, picture, finish } = await startPictures('run', {
  styles: ['base', 'charts', 'run'],
  output: process.argv[2] ?? 'test/artifacts/preview',
  settle: [350, 0],
});
const began = Date.parse('2026-03-14T09:26:53Z');
function shoot(on: Screen, theme: ThemeName, state: string, name: string, gesture?: Gesture): Promise<void> {
  const { now, messages } = runs[state]!;
  return picture(on, { theme, messages, name, gesture, now: began + now * 1000 });
}

const hover: Gesture = async (page) => {
  const box = (await page.locator('canvas').first().boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.62, box.y + box.height / 2);
  await page.waitForTimeout(100);
};

const zoom: Gesture = async (page) => {
  const box = (await page.locator('canvas').first().boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.56, y, { steps: 3 });
  await page.mouse.up();
  await page.waitForTimeout(300);
};

const wide = await screen(1200, 800);
for (const theme of Object.keys(themes) as ThemeName[]) {
  await shoot(wide, theme, 'running', `${theme}-running`);
  await shoot(wide, theme, 'finished', `${theme}-finished-whole`);
  await shoot(wide, theme, 'ranked', `${theme}-ranked-whole`);
  await shoot(wide, theme, 'together', `${theme}-together-whole`);
}
await shoot(wide, 'dark', 'running', 'dark-running-hover', hover);
await shoot(wide, 'dark', 'together', 'dark-together-hover', hover);
await shoot(wide, 'light', 'long', 'light-long-zoomed', zoom);
for (const state of ['long', 'short', 'queued', 'loading', 'failed', 'interrupted', 'offline', 'missing'])
  await shoot(wide, 'dark', state, `dark-${state}`);
await shoot(wide, 'light', 'failed', 'light-failed');
const narrow = await screen(400, 800);
await shoot(narrow, 'dark', 'running', 'dark-narrow');
await shoot(narrow, 'light', 'together', 'light-narrow-together-whole');
await shoot(narrow, 'light', 'finished', 'light-narrow-finished-whole');
await finish();
