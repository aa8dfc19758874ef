// A tour through the packaged extension, as a person meets it: installed from the VSIX into a real VS Code, on a workspace of its own.
// Screenshots of its stations go to test/artifacts/.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from '../host/browser.mjs';
import { installVsix, startServer } from '../host/server.mjs';

export const project = path.resolve(import.meta.dirname, '../../..');
const artifacts = path.join(project, 'test/artifacts');
const { version } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
const vsix = path.join(project, `.cache/vsix/rankwise-${process.platform}-${process.arch}-${version}.vsix`);
const look = { 'workbench.colorTheme': 'Default Dark Modern', 'editor.minimap.enabled': false };

/** A model of the fixtures as `models/tiny-llama`. */
export const addTinyModel = (workspace) =>
  cpSync(path.join(project, 'test/fixtures/tiny/llama'), path.join(workspace, 'models/tiny-llama'), {
    recursive: true,
  });
/** The recipes of the end-to-end tests, with the model that they name. */
export function fillWorkspace(workspace) {
  cpSync(path.join(project, 'test/e2e/workspace'), workspace, { recursive: true });
  addTinyModel(workspace);
}

/** @param fill makes the workspace; the rest is there once the tests run. `size`: of the window. */
export function startTour(name, fill, size) {
  const root = mkdtempSync(path.join(tmpdir(), 'rwu-'));
  const env = { RANKWISE_HOME: path.join(root, 'home') };
  const tour = { workspace: path.join(root, name), page: undefined, server: undefined };
  let browser;

  before(async () => {
    mkdirSync(artifacts, { recursive: true });
    fill(tour.workspace);
    tour.server = await startServer({ root, env, settings: look });
    await installVsix(vsix, tour.server.extensionsDir);
    browser = await openBrowser(size);
    tour.page = browser.page;
  });

  after(async () => {
    await browser?.close();
    spawnSync(process.execPath, [path.join(project, 'dist/cli.js'), 'daemon', 'stop', '--force'], {
      env: { ...process.env, ...env, XDG_RUNTIME_DIR: root, TMPDIR: root },
    });
    await tour.server?.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  tour.shot = (picture) => tour.page.screenshot({ path: path.join(artifacts, `${picture}.png`) });
  let failed = false;
  /** A station of the tour; where it fails, the picture tells more than the message, and what follows it is not reached. */
  tour.station = (title, go) =>
    test(title, async (t) => {
      if (failed) return t.skip('a station before it failed');
      try {
        await go();
      } catch (error) {
        failed = true;
        // What the extension said, too.
        await tour.page
          .locator('[id="status.notifications"]')
          .click({ timeout: 2000 })
          .catch(() => {});
        await tour.page.waitForTimeout(500);
        await tour.shot(`failure-${name}`);
        throw error;
      }
    });
  tour.until = async (what, look, seconds = 60) => {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
      await tour.page.waitForTimeout(100);
    }
  };
  tour.editorText = async () =>
    (await tour.page.locator('.editor-instance .view-lines').first().innerText()).replaceAll('\u00a0', ' ');
  tour.lightTheme = async () => {
    mkdirSync(path.join(tour.workspace, '.vscode'), { recursive: true });
    const settings = path.join(tour.workspace, '.vscode/settings.json');
    writeFileSync(settings, '{ "workbench.colorTheme": "Default Light Modern" }');
    await tour.page.locator('.monaco-workbench.vs').waitFor({ timeout: 20_000 });
  };
  return tour;
}
