// The playground as a person meets it: a short run, its base and its adapter asked side by side, the weight turned to nothing.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openByLens, openFile, openWorkbench, runCommand, webviewWith } from '../host/browser.mjs';
import { project, startTour } from './tour.mjs';

const fill = (workspace) => {
  cpSync(path.join(project, 'examples/quickstart'), workspace, { recursive: true });
  rmSync(path.join(workspace, 'runs'), { recursive: true, force: true });
  const recipe = path.join(workspace, 'pirate.peft');
  writeFileSync(recipe, readFileSync(recipe, 'utf8').replace(/num_epochs: \d+/, 'max_steps: 20'));
};
const tour = startTour('playground', fill, { width: 1500, height: 1000 });
const { workspace, shot, station, until } = tour;
const prompt = 'User: What does the owl eat?\nAssistant:';

/** Both answers to the latest prompt, once they are whole. */
async function answers(frame, count) {
  const last = frame.locator('.exchange').first();
  await until('the prompt', async () => (await frame.locator('.exchange').count()) === count);
  await until('the answers', async () => (await last.locator('.column:not(.writing)').count()) === 2);
  return last.locator('.answer').allInnerTexts();
}

station('a run’s base and adapter answer side by side', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'pirate.peft');
  await page.locator('.codelens-decoration a', { hasText: 'Playground' }).first().waitFor({ timeout: 60_000 });
  await page.locator('.editor-instance .view-lines').first().click();
  await runCommand(page, 'Rankwise: Run Recipe');
  const run = await webviewWith(page, '.run .chip', 60_000);
  await until('the run', async () => /Finished/i.test(await run.locator('.chip').innerText()), 120);
  const frame = await openByLens(page, 'Playground', 'main.playground');
  await until('the model', async () => /^Loaded/.test(await frame.locator('.subtitle').innerText()));
  await frame.locator('#temperature').fill('0');
  await frame.locator('#prompt').fill(prompt);
  await page.keyboard.press('Control+Enter');
  const [base, adapted] = await answers(frame, 1);
  assert.match(base, /owl/);
  assert.notEqual(adapted, base);
  await page.waitForTimeout(300);
  await shot('playground-dark');
});

station('at the weight 0 both are the base; in a light theme too', async () => {
  const { page } = tour;
  const frame = await webviewWith(page, 'main.playground', 60_000);
  await frame.locator('#weight').fill('0');
  await frame.locator('.generate').click();
  const [base, adapted] = await answers(frame, 2);
  assert.equal(adapted, base);
  await tour.lightTheme();
  await page.waitForTimeout(500);
  await shot('playground-light');
});
