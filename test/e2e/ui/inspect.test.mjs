// A saved adapter as a page to read, from its folder and from its adapter_config.json; in a dark and in a light theme.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { openWorkbench } from '../host/browser.mjs';
import { project, startTour } from './tour.mjs';

const tour = startTour('inspect', (workspace) => {
  // The configuration names its base as tiny/llama.
  cpSync(path.join(project, 'test/fixtures/tiny/llama'), path.join(workspace, 'tiny/llama'), { recursive: true });
  cpSync(path.join(project, 'test/fixtures/traces/llama/lora/adapter_after'), path.join(workspace, 'adapter'), {
    recursive: true,
  });
});
const { workspace, shot, station, until, editorText } = tour;

station('the menu of its folder shows what the adapter is', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  const folder = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'adapter' }).first();
  const entry = page.locator('.monaco-menu').getByText('Inspect Adapter', { exact: true });
  // The extension has to have found the folder first.
  await until('the entry of the menu', async () => {
    await folder.click({ button: 'right' });
    if (
      await entry.waitFor({ timeout: 1500 }).then(
        () => true,
        () => false,
      )
    )
      return true;
    await page.keyboard.press('Escape');
    return false;
  });
  await page.waitForTimeout(400); // a menu that has only just opened ignores clicks
  await entry.click();
  await page.locator('.view-line', { hasText: 'Norms:' }).first().waitFor({ timeout: 60_000 });
  const text = await editorText();
  assert.match(text, /trainable +1,792 of 108,608 \(1\.650%\)/);
  assert.match(text, /0 +0\.2235 +█/);
  assert.match(text, /No findings\./);
  await page.locator('.codelens-decoration a', { hasText: 'Compare with' }).first().waitFor({ timeout: 10_000 });
  await until('links', () => page.locator('.detected-link').count());
  await page.waitForTimeout(500);
  await shot('inspect-dark');
});

station('the same in a light theme; its folder leads to the configuration, whose button leads back', async () => {
  const { page } = tour;
  await tour.lightTheme();
  await page.waitForTimeout(800);
  await shot('inspect-light');
  const link = await page.locator('.detected-link').first().boundingBox();
  await page.keyboard.down('ControlOrMeta');
  await page.mouse.click(link.x + 20, link.y + link.height / 2);
  await page.keyboard.up('ControlOrMeta');
  await page.locator('.tab.active', { hasText: 'adapter_config.json' }).waitFor({ timeout: 20_000 });
  const button = page.locator('.editor-actions a[aria-label^="Inspect Adapter"]').first();
  await button.waitFor({ timeout: 60_000 });
  await button.click();
  await page.locator('.tab.active:not([data-resource-name="adapter_config.json"])').waitFor({ timeout: 20_000 });
  assert.match(await editorText(), /trainable +1,792/);
});
