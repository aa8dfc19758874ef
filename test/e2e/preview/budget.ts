/**
 * Pictures of the budget panel in every state and theme, without an editor: `node test/e2e/preview/budget.ts [output folder] [name …]` after a
 * build. With names: only the pictures whose names contain one of them.
 */
import type { ToBudgetView } from '../../../server/protocol/budget-view.ts';
import { comparisons, enlarged } from './comparisons.ts';
import type { ThemeName } from './page.ts';
import { type Gesture, type Screen, startPictures } from './pictures.ts';
import { themes } from './themes.ts';

const [output = 'test/artifacts/preview-budget', ...wanted] = process.argv.slice(2);
const { screen, picture, finish } = await startPictures('budget', {
  styles: ['base', 'charts', 'budget'],
  data: { recipe: 'file:///llama.peft' },
  output,
  wanted,
  settle: [300, 250],
});
const shoot = (on: Screen, theme: ThemeName, messages: ToBudgetView[], name: string, gesture?: Gesture) =>
  picture(on, { theme, messages, name, gesture });

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

const wide = await screen(1280, 900);
for (const theme of Object.keys(themes) as ThemeName[]) {
  await shoot(wide, theme, comparisons.llama!, `${theme}-llama-whole`, choose);
  await shoot(wide, theme, comparisons.roberta!, `${theme}-roberta`, choose);
}
await shoot(wide, 'dark', comparisons.llama!, 'dark-llama-hover', hover);
await shoot(wide, 'dark', comparisons.several!, 'dark-several');
await shoot(wide, 'light', comparisons.over!, 'light-over-whole');
await shoot(wide, 'dark', comparisons.findings!, 'dark-findings');
await shoot(wide, 'light', comparisons.reading!, 'light-reading');
const narrow = await screen(500, 900);
await shoot(narrow, 'dark', comparisons.llama!, 'dark-narrow', choose);
await shoot(narrow, 'light', comparisons.llama!, 'light-narrow-filter', filter);
await shoot(narrow, 'light', [enlarged(comparisons.llama![0]!, 150)], 'light-narrow-many-whole');
await finish();
