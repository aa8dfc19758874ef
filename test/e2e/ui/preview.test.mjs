// The data of a recipe as the model will see it, from the lens above `data:`; in a dark and in a light theme.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { clickLens, openFile, openWorkbench } from '../host/browser.mjs';
import { project, startTour } from './tour.mjs';

const tour = startTour('preview', (workspace) =>
  cpSync(path.join(project, 'examples/quickstart'), workspace, { recursive: true }),
);
const { workspace, shot, station, until } = tour;

/** How the first token with this text looks in the editor. */
const lookOf = (text) =>
  tour.page.evaluate((wanted) => {
    const spans = [...document.querySelectorAll('.view-line span span')];
    const found = spans.find((span) => span.textContent.replaceAll('\u00a0', ' ').includes(wanted));
    return found && getComputedStyle(found).color;
  }, text);

station('the lens above the data opens its first samples beside the recipe', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'pirate.peft');
  await clickLens(page, 'Preview data');
  await page.locator('.view-line', { hasText: 'Training data:' }).first().waitFor({ timeout: 60_000 });
  await page.locator('.view-line', { hasText: 'with loss' }).first().waitFor({ timeout: 10_000 });
  await until('the colours', async () => (await lookOf('rows')) !== (await lookOf('<|endoftext|>')));
  await page.waitForTimeout(500);
  await shot('preview-dark');
});

station('the same in a light theme', async () => {
  const dark = await lookOf('rows');
  await tour.lightTheme();
  await until('the colours', async () => (await lookOf('rows')) !== dark);
  await tour.page.waitForTimeout(800);
  await shot('preview-light');
  assert.notEqual(await lookOf('rows'), await lookOf('<|endoftext|>'));
});
