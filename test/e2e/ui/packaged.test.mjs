// The packaged extension as a person meets it: installed from the VSIX into a real VS Code, a recipe opened, run, followed, the window
// reloaded in the middle, the adapter on disk. Screenshots of each station go to test/artifacts/.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openFile, openWorkbench, runCommand, webviewWith } from '../host/browser.mjs';
import { installVsix, startServer } from '../host/server.mjs';

const project = path.resolve(import.meta.dirname, '../../..');
const artifacts = path.join(project, 'test/artifacts');
const { version } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
const vsix = path.join(project, `.cache/vsix/rankwise-${process.platform}-${process.arch}-${version}.vsix`);

const root = mkdtempSync(path.join(tmpdir(), 'rwu-'));
const env = { RANKWISE_HOME: path.join(root, 'home') };
const workspace = path.join(root, 'quickstart');
const look = { 'workbench.colorTheme': 'Default Dark Modern', 'editor.minimap.enabled': false };

let server;
let browser;
let page;

before(async () => {
  mkdirSync(artifacts, { recursive: true });
  cpSync(path.join(project, 'examples/quickstart'), workspace, { recursive: true });
  rmSync(path.join(workspace, 'runs'), { recursive: true, force: true });
  server = await startServer({ root, env, settings: look });
  await installVsix(vsix, server.extensionsDir);
  browser = await openBrowser();
  page = browser.page;
});

after(async () => {
  await browser?.close();
  spawnSync(process.execPath, [path.join(project, 'dist/cli.js'), 'daemon', 'stop', '--force'], {
    env: { ...process.env, ...env, XDG_RUNTIME_DIR: root, TMPDIR: root },
  });
  await server?.stop();
  rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const shot = (name) => page.screenshot({ path: path.join(artifacts, `${name}.png`) });
const runPanel = () => webviewWith(page, '.run .chip', 60_000);
const stepShown = async (frame) =>
  Number((/Step ([\d,]+)/.exec(await frame.locator('.steps').innerText()) ?? [])[1]?.replace(',', '') ?? 0);

/** A station of the tour; where it fails, the picture tells more than the message. */
const station = (name, go) =>
  test(name, async () => {
    try {
      await go();
    } catch (error) {
      await shot('failure');
      throw error;
    }
  });

async function until(what, look, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await page.waitForTimeout(100);
  }
}

station('a recipe shows what it costs', async () => {
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
  // Long enough to be still running when the window is back.
  const recipe = path.join(workspace, 'pirate.peft');
  const text = readFileSync(recipe, 'utf8');
  assert.match(text, /num_epochs: \d+/);
  writeFileSync(recipe, text.replace(/num_epochs: \d+/, 'num_epochs: 12'));
  await openFile(page, 'pirate.peft');
  await page.locator('.editor-instance .view-lines').first().click();
  await runCommand(page, 'Rankwise: Run Recipe', { beforePick: () => shot('palette-dark') });
  let panel = await runPanel();
  await until('the first steps', async () => (await stepShown(panel)) >= 5);
  const before = await stepShown(panel);

  await runCommand(page, 'Developer: Reload Window');
  await page.waitForEvent('domcontentloaded');
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

station('the same in a light theme', async () => {
  mkdirSync(path.join(workspace, '.vscode'));
  writeFileSync(path.join(workspace, '.vscode/settings.json'), '{ "workbench.colorTheme": "Default Light Modern" }');
  await page.locator('.monaco-workbench.vs').waitFor({ timeout: 20_000 });
  await runPanel();
  await page.waitForTimeout(1000); // charts take the new colours with the next frame
  await shot('run-finished-light');
});
