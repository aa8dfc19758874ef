// The spectrum panel as a person meets it: opened from a recipe, looked through, a rank taken over, the window reloaded, the run's
// merged weights beside its base, the values saved.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openFile, openWorkbench, reloadWindow, runCommand, webviewWith } from '../host/browser.mjs';
import { fillWorkspace, startTour } from './tour.mjs';

const tour = startTour('spectra', fillWorkspace, { width: 1600, height: 1000 });
const { workspace, shot, station, until, editorText } = tour;

/** The page of the panel, once every spectrum of its subjects is there and was drawn. */
async function panel(subjects = 1) {
  const frame = await webviewWith(tour.page, 'main.spectrum', 60_000);
  await until('the spectra', async () => {
    const { state, subjects: shown, values, prepared } = await frame.evaluate(() => ({ ...document.body.dataset }));
    if (state === 'failed') throw new Error(await frame.locator('.subjects').innerText());
    return state === 'done' && shown === String(subjects) && values === prepared;
  });
  return frame;
}
const charts = (frame) => frame.evaluate(() => window.rankwiseSpectrum.charts());

station('a recipe shows the spectra of its model', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'tiny.peft');
  // The palette has what the extension brings once it is there.
  await page.locator('.codelens-decoration', { hasText: 'Run' }).first().waitFor({ timeout: 60_000 });
  await page.locator('.editor-instance .view-lines').first().click();
  await runCommand(page, 'Rankwise: Show Spectrum');
  const frame = await panel();
  const { matrices, faults } = await frame.evaluate(() => ({ ...document.body.dataset }));
  assert.ok(Number(matrices) >= 14, `${matrices} matrices`);
  assert.equal(faults, '0');
  const { values, energy, histogram } = await charts(frame);
  assert.ok(values.curves.length > 0);
  for (const { first, last } of values.curves) assert.ok(first[1] > last[1] && last[1] > 0, `${first} to ${last}`);
  for (const { last } of energy.curves)
    assert.ok(Math.abs(last[1] - 1) < 1e-6 || Math.abs(last[1] - 100) < 1e-4, `${last}`);
  assert.ok(histogram.curves.length > 0);
  await shot('spectrum-recipe-dark');
});

station('the rank at the cursor is written into the recipe, and undone', async () => {
  const { page } = tour;
  const frame = await panel();
  await frame.locator('.rank-field').fill('3');
  await frame.locator('.rank-field').press('Enter');
  await until('the cursor to move', async () => (await charts(frame)).rank === 3);
  await frame.locator('.use-rank').click();
  await until(
    'the recipe to change',
    async () => /rank_pattern:\s+model\.layers\.\d\.[\w.]+: 3/.test(await editorText()),
    20,
  );
  await until('the cut to follow', async () => /rank 3/.test(JSON.stringify((await charts(frame)).values.regions)), 20);
  await shot('spectrum-use-rank-dark');
  await page.locator('.editor-instance .view-lines').first().click();
  await page.keyboard.press('Control+z');
  await until('it to be undone', async () => !/rank_pattern/.test(await editorText()), 20);
  // On disk too, or the reload that follows would ask, or bring the autosaved text back.
  await page.keyboard.press('Control+s');
  const saved = () => readFileSync(path.join(workspace, 'tiny.peft'), 'utf8');
  await until('it to be saved', () => !saved().includes('rank_pattern'), 20);
  await page.locator('.tab.dirty').waitFor({ state: 'detached' });
});

station('a reload of the window finds everything again', async () => {
  const { page } = tour;
  const before = await (await panel()).evaluate(() => ({ ...document.body.dataset }));
  await page.waitForTimeout(500); // the page keeps what was set a moment after it was
  await reloadWindow(page);
  const frame = await panel();
  const after = await frame.evaluate(() => ({ ...document.body.dataset }));
  assert.deepEqual([after.rank, after.selected, after.values], ['3', before.selected, before.values]);
  assert.match(await frame.locator('.subjects').innerText(), /from the cache/);
});

station('what a run changed stands beside the base that it began with', async () => {
  const { page } = tour;
  await page.locator('.editor-instance .view-lines').first().click();
  await runCommand(page, 'Rankwise: Run Recipe');
  const run = await webviewWith(page, '.run .chip', 60_000);
  await until('the run to finish', async () => /Finished/i.test(await run.locator('.chip').innerText()), 120);
  await page.locator('.tab', { hasText: 'Spectrum: tiny-llama' }).click(); // hidden in between: its page begins anew
  const frame = await panel();
  await frame.getByRole('button', { name: 'Compare…' }).click();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'tiny' }).first();
  await row.waitFor();
  await row.click();
  await until('both lines', async () => (await charts(frame)).values?.curves.length === 2);
  await page.mouse.move(600, 700); // no tooltip in the picture
  await panel();
  await until('the change', async () => (await charts(frame)).left?.filled > 0);
  const { values, update, left, right } = await charts(frame);
  assert.equal(new Set(values.curves.map(({ label }) => label)).size, 2);
  assert.ok(update.curves.length > 0 && right.filled > 0 && left.high <= 1.001, JSON.stringify(left));
  await page.waitForTimeout(500); // the bar of progress runs to its end
  await shot('spectrum-run-dark');
});

station('the values are saved beside the recipe, where one says', async () => {
  const { page } = tour;
  const frame = await panel();
  await frame.getByRole('button', { name: 'Export CSV' }).click();
  const ok = page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).first();
  await ok.waitFor({ state: 'visible' });
  await ok.click();
  const saved = () => readdirSync(workspace).find((name) => name.endsWith('values.csv'));
  const name = await until('the file', saved, 20);
  const rows = readFileSync(path.join(workspace, name), 'utf8').trim().split('\n');
  assert.ok(rows.length > 64, `${rows.length} rows`);
});

station('the folder of a model offers its spectrum, a run too', async () => {
  const { page } = tour;
  const folder = page.locator('.explorer-folders-view .label-name', { hasText: /^tiny-llama$/ });
  const tab = page.locator('.tab', { hasText: /^Spectrum: tiny-llama$/ });
  const choose = async (row, title) => {
    await row.click({ button: 'right' });
    const item = page.locator('.monaco-menu .action-label', { hasText: title }).first();
    await item.waitFor();
    await page.waitForTimeout(600); // in its first moments a menu takes no click
    await item.click();
    await item.waitFor({ state: 'detached' });
  };
  // One row for both, as soon as the outer one is open.
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: /^models/ }).click();
  await choose(folder, 'Show Spectrum');
  await tab.waitFor({ timeout: 20_000 });
  await tab.hover();
  await tab.locator('.action-label').first().click();
  await tab.waitFor({ state: 'detached' });

  const spectra = await page.locator('.tab', { hasText: 'Spectrum: ' }).count();
  await page.locator('.activitybar [aria-label="Rankwise"]').first().click();
  await choose(page.locator('.monaco-list-row', { hasText: /^tiny/ }).first(), 'Show Spectrum');
  await until(
    'another panel',
    async () => (await page.locator('.tab', { hasText: 'Spectrum: ' }).count()) > spectra,
    20,
  );
  await panel();
});

station('the same in a light theme', async () => {
  await tour.lightTheme();
  const frame = await panel();
  await frame.locator('body.vscode-light').waitFor({ timeout: 20_000 });
  await tour.page.waitForTimeout(1000); // charts take the new colours with the next frame
  await shot('spectrum-run-light');
  await frame.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await tour.page.waitForTimeout(500);
  await shot('spectrum-change-light');
});
