/**
 * Pictures of the spectrum panel in every state and theme, without an editor: `node test/e2e/preview/spectrum.ts [output folder] [name …]` after a
 * build. With names: only the pictures whose names contain one of them.
 */
import type { Page } from 'playwright-core';
import type { ThemeName } from './page.ts';
import { type Gesture, type Screen, startPictures } from './pictures.ts';
import { spectra } from './spectra.ts';
import { themes } from './themes.ts';

const [output = 'test/artifacts/preview-spectrum', ...wanted] = process.argv.slice(2);
const { screen, picture, finish } = await startPictures('spectrum', {
  styles: ['base', 'charts', 'spectrum'],
  output,
  wanted,
  settle: [600, 400],
});
const shoot = (on: Screen, theme: ThemeName, state: string, name: string, gesture?: Gesture) =>
  picture(on, { theme, messages: spectra[state]!, name, gesture });

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

const wide = await screen(1280, 900);
for (const theme of Object.keys(themes) as ThemeName[]) {
  await shoot(wide, theme, 'streaming', `${theme}-streaming`);
  await shoot(wide, theme, 'complete', `${theme}-several-whole`, several);
  await shoot(wide, theme, 'tuned', `${theme}-tuned-whole`, update);
}
for (const theme of Object.keys(themes) as ThemeName[])
  for (const [name, kind] of Object.entries({ z: 'query', M: 'value', E: 'key', R: 'output.dense' }))
    await shoot(
      wide,
      theme,
      'learned',
      `${theme}-learned-${name}`,
      learned(kind === 'output.dense' ? kind : `attention.self.${kind}`),
    );
await shoot(wide, 'dark', 'complete', 'dark-row-whole', row);
await shoot(wide, 'light', 'complete', 'light-row', row);
await shoot(wide, 'light', 'tuned', 'light-new-directions-whole', fresh);
await shoot(wide, 'dark', 'compared', 'dark-compared-whole', several);
await shoot(wide, 'dark', 'complete', 'dark-hover', hover);
await shoot(wide, 'dark', 'compared', 'dark-tip', tip);
await shoot(wide, 'dark', 'many', 'dark-many', layer);
for (const state of ['loading', 'faults', 'failed', 'broken', 'stopped', 'empty'])
  await shoot(wide, 'dark', state, `dark-${state}`);
const narrow = await screen(420, 900);
await shoot(narrow, 'dark', 'streaming', 'dark-narrow');
await shoot(narrow, 'dark', 'many', 'dark-narrow-many', layer);
await shoot(narrow, 'light', 'tuned', 'light-narrow-whole', several);
await finish();
