// The packaged extension as a person meets it: a recipe opened, run, followed, the window reloaded in the middle, the adapter on disk; its samples read,
// a chart saved, the run deleted and put back.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openFile, openWorkbench, reloadWindow, runCommand, webviewWith } from '../host/browser.mjs';
import { project, startTour } from './tour.mjs';

const tour = startTour('quickstart', (workspace) => {
  cpSync(path.join(project, 'examples/quickstart'), workspace, { recursive: true });
  rmSync(path.join(workspace, 'runs'), { recursive: true, force: true });
});
const { workspace, shot, station, until } = tour;

const prompt = 'User: Can a fish fly?\\nAssistant:';
const runPanel = () => webviewWith(tour.page, '.run .chip', 60_000);
const stepShown = async (frame) =>
  Number((/Step ([\d,]+)/.exec(await frame.locator('.steps').innerText()) ?? [])[1]?.replace(',', '') ?? 0);

station('a recipe shows what it costs', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'pirate.peft');
  const lens = page.locator('.codelens-decoration', { hasText: 'Run' }).first();
  await lens.waitFor({ timeout: 60_000 });
  const inlay = page.locator('.view-line', { hasText: /trainable|·/ }).first();
  await inlay.waitFor({ timeout: 30_000 });
  await shot('recipe-dark');
  await page
    .locator('.view-line span', { hasText: /^rank$/ })
    .first()
    .hover();
  await page.waitForSelector('.monaco-hover:not(.hidden) .hover-contents', { timeout: 20_000 });
  assert.match(await page.locator('.monaco-hover:not(.hidden)').first().innerText(), /r·\(m \+ n\)/);
  await shot('hover-dark');
});

station('a wrong key is underlined with what was meant', async () => {
  const { page } = tour;
  const text = readFileSync(path.join(workspace, 'pirate.peft'), 'utf8');
  writeFileSync(path.join(workspace, 'misspelt.peft'), text.replace('num_epochs', 'num_epoch'));
  await openFile(page, 'misspelt.peft');
  await page.locator('.squiggly-error').first().waitFor({ timeout: 30_000 });
  await page.keyboard.press('Control+Shift+m');
  const problem = page.locator('.markers-panel', { hasText: 'num_epochs' });
  await problem.waitFor({ timeout: 20_000 });
  await shot('problem-dark');
  await page.keyboard.press('Control+Shift+m');
  await runCommand(page, 'View: Close Editor');
  rmSync(path.join(workspace, 'misspelt.peft'));
});

station('a run starts from the palette, survives a reload of the window, and leaves an adapter', async () => {
  const { page } = tour;
  // Long enough to be still running when the window is back.
  const recipe = path.join(workspace, 'pirate.peft');
  const text = readFileSync(recipe, 'utf8');
  assert.match(text, /num_epochs: \d+/);
  const samples = `samples: { prompts: ["${prompt}"], every: 100 }`;
  writeFileSync(recipe, text.replace(/num_epochs: \d+/, `num_epochs: 10\n  ${samples}`));
  await openFile(page, 'pirate.peft');
  await page.locator('.editor-instance .view-lines').first().click();
  await runCommand(page, 'Rankwise: Run Recipe', { beforePick: () => shot('palette-dark') });
  let panel = await runPanel();
  await until('the first steps', async () => (await stepShown(panel)) >= 5);
  const before = await stepShown(panel);

  await reloadWindow(page);
  panel = await runPanel();
  const after = await until('the same run to go on', async () => {
    const step = await stepShown(panel);
    return step > before ? step : 0;
  });
  assert.ok(after > before, `step ${after} after the reload, ${before} before it`);
  assert.match(await panel.locator('.chip').innerText(), /Running/i);
  assert.ok(await panel.locator('canvas').count());
  await page.locator('.activitybar [aria-label="Rankwise"]').first().click();
  await page.mouse.move(600, 700); // no tooltip in the picture
  await page
    .locator('.monaco-list-row', { hasText: /step \d+/i })
    .first()
    .waitFor({ timeout: 20_000 });
  await until('a curve worth a picture', async () => (await stepShown(panel)) >= 60);
  await shot('run-live-dark');

  await until('the end of the run', async () => /Finished/i.test(await panel.locator('.chip').innerText()), 180);
  await page.waitForTimeout(500); // the charts' last frame
  await shot('run-finished-dark');

  const runs = readdirSync(path.join(workspace, 'runs'));
  assert.equal(runs.length, 1);
  const adapter = path.join(workspace, 'runs', runs[0], 'adapter');
  assert.ok(readdirSync(adapter).includes('adapter_model.safetensors'));
  assert.equal(JSON.parse(readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8')).peft_type, 'LORA');
});

station('what the model wrote before and after stands in the panel, and a chart becomes a file', async () => {
  const { page } = tour;
  const panel = await runPanel();
  const texts = panel.locator('.samples tbody tr');
  assert.equal(await texts.count(), 2);
  assert.match(await texts.last().innerText(), /^Start\s+No, a fish cannot fly/);
  assert.match(await texts.first().innerText(), /^\d+\s.*(seven seas|arr|matey|hearty)/i);

  await panel.locator('.samples').scrollIntoViewIfNeeded();
  await page.waitForTimeout(200); // charts that come into view are drawn with the next frame
  await shot('run-samples-dark');
  await panel
    .getByRole('button', { name: /^Save .*loss/i })
    .first()
    .click();
  await panel.getByRole('menuitem', { name: /CSV/ }).click();
  // Where the window is a page, the editor asks in a box of its own; it proposes a place in the run's directory.
  const place = page.locator('.quick-input-widget input[type=text]').first();
  await place.waitFor({ timeout: 20_000 });
  await until('the proposed place', async () => /\.csv$/.test(await place.inputValue()));
  const file = await place.inputValue();
  await page.keyboard.press('Enter');
  await until('the file', () => existsSync(file), 20);
  const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  assert.match(head, /^run,step,tokens,seconds,/);
  assert.ok(rows.length >= 400, `${rows.length} rows`);
});

station('a deleted run is in the trash, and Undo brings it back', async () => {
  const { page } = tour;
  const [run] = readdirSync(path.join(workspace, 'runs'));
  const directory = path.join(workspace, 'runs', run);
  const row = page.locator('.pane-body .monaco-list-row', { hasText: 'pirate' }).first();
  await row.click();
  await page.keyboard.press('Delete');
  await page.locator('.monaco-dialog-box').getByText('Move to Trash', { exact: true }).click();
  const undo = page.locator('.notification-toast', { hasText: 'to the trash' }).getByText('Undo', { exact: true });
  await undo.waitFor({ timeout: 20_000 });
  assert.equal(existsSync(directory), false);
  await row.waitFor({ state: 'detached', timeout: 20_000 });
  await undo.click();
  await row.waitFor({ timeout: 20_000 });
  assert.ok(existsSync(path.join(directory, 'adapter')));
  await row.click();
});

station('the same in a light theme', async () => {
  await tour.lightTheme();
  await runPanel();
  await tour.page.waitForTimeout(1000); // charts take the new colours with the next frame
  await shot('run-finished-light');
});
