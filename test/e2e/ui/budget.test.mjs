// The budget panel as a person meets it: opened by its lens, a row written into the recipe with a click and undone, found again after a reload.
import assert from 'node:assert/strict';
import { clickLens, openFile, openWorkbench, reloadWindow, webviewWith } from '../host/browser.mjs';
import { fillWorkspace, startTour } from './tour.mjs';

const tour = startTour('budgets', fillWorkspace, { width: 1600, height: 1000 });
const { workspace, shot, station, until, editorText } = tour;

const panel = () => webviewWith(tour.page, 'main.budget', 60_000);
/** Counts stand between the words, where they have come already. */
const says = (text, method, rank) => text.includes(`method: ${method}`) && text.includes(`rank: ${rank}`);
const row = (frame, key) => frame.locator(`tr[data-key="${key}"]`);

station('the lens opens the comparison beside the recipe', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'tiny.peft');
  await clickLens(page, 'Compare');
  const frame = await panel();
  await row(frame, 'lora||4').locator('.badge').waitFor();
  assert.match(await frame.locator('.subtitle').innerText(), /^LlamaForCausalLM.*4 matrices$/);
  await shot('budget-dark');
});

station('a click writes a row into the recipe, and it is undone', async () => {
  const { page } = tour;
  const frame = await panel();
  await row(frame, 'dora||2').click();
  await row(frame, 'dora||2').locator('.use').click();
  await until('the recipe to change', async () => says(await editorText(), 'dora', 2), 20);
  await row(frame, 'dora||2').locator('.badge').waitFor();
  assert.equal(await row(frame, 'lora||4').locator('.badge').count(), 0);
  await shot('budget-used-dark');
  await page.locator('.editor-instance .view-lines').first().click();
  await page.keyboard.press('Control+z');
  await until('it to be undone', async () => says(await editorText(), 'lora', 4), 20);
  await row(frame, 'lora||4').locator('.badge').waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('.tab.dirty').waitFor({ state: 'detached' });
});

station('a reload of the window finds it as it was, in a light theme too', async () => {
  const { page } = tour;
  const frame = await panel();
  await frame.locator('[data-method="vera"]').click();
  await frame.locator('[data-column="updateRank"] button').click();
  await page.waitForTimeout(500);
  await reloadWindow(page);
  const again = await panel();
  await row(again, 'lora||4').waitFor();
  assert.equal(await again.locator('[data-method="vera"]').getAttribute('aria-pressed'), 'false');
  assert.equal(await again.locator('[data-column="updateRank"]').getAttribute('aria-sort'), 'ascending');
  await tour.lightTheme();
  await page.waitForTimeout(500);
  await shot('budget-light');
});
