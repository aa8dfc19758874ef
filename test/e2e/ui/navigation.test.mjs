// What a recipe looks like, and where its names lead: highlighting, the model outline, symbols of the workspace; in a dark and in a light theme.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openFile, openWorkbench, runCommand } from '../host/browser.mjs';
import { addTinyModel, project, startTour } from './tour.mjs';

const recipe = `# Two adapters, one target that the model lacks.
version: 1
model:
  path: ./models/tiny-llama
  task: causal-lm
  dtype: bfloat16
adapters:
  - name: attention
    method: lora
    rank: 8
    alpha: 16
    target_modules: [q_proj, v_proj, w_proj]
    rank_pattern: { layers.0.self_attn.q_proj: 4 }
  - name: mlp
    method: dora
    rank: 4
    target_modules: '.*\\.mlp\\.(up|down)_proj'
data: { train: data/train.jsonl, validation: data/absent.jsonl }
budget: { trainable: 100k, memory: 8GiB }
output: runs
`;

const tour = startTour('navigation', (workspace) => {
  addTinyModel(workspace);
  cpSync(path.join(project, 'test/e2e/workspace/data'), path.join(workspace, 'data'), { recursive: true });
  writeFileSync(path.join(workspace, 'two.peft'), recipe);
});
const { workspace, shot, station, until } = tour;

/** Colour of a word in the editor. */
const colour = (word) =>
  tour.page.evaluate((wanted) => {
    const spans = [...document.querySelectorAll('.view-line span span')];
    const found = spans.find((span) => span.textContent.trim() === wanted);
    return found && getComputedStyle(found).color;
  }, word);

station('a module that the model has is drawn otherwise than one that it lacks', async () => {
  const { page, server } = tour;
  await openWorkbench(page, server.base, workspace);
  await openFile(page, 'two.peft');
  await page.locator('.view-line', { hasText: 'trainable ·' }).first().waitFor({ timeout: 60_000 });
  await until(
    'the colours',
    async () => (await colour('q_proj')) && (await colour('q_proj')) !== (await colour('w_proj')),
  );
  await shot('highlighting-dark');
});

station('the outline of the model opens beside the recipe', async () => {
  const { page } = tour;
  await runCommand(page, 'Rankwise: Show Model Outline');
  const line = page.locator('.view-line', { hasText: 'model.layers.1.mlp.down_proj' });
  await line.first().waitFor({ timeout: 30_000 });
  await page.locator('.view-line', { hasText: 'attention: LoRA, rank 4' }).first().waitFor({ timeout: 30_000 });
  await page.waitForTimeout(500);
  await shot('outline-dark');
});

station('a target leads to its modules, shown in place', async () => {
  const { page } = tour;
  await page
    .locator('.view-line span span', { hasText: /^v_proj$/ })
    .first()
    .click();
  await page.keyboard.press('F12');
  const peek = page.locator('.peekview-widget');
  await peek.waitFor({ timeout: 30_000 });
  await until('both modules', async () => (await peek.locator('.monaco-list-row').count()) >= 2);
  await shot('definition-dark');
  await page.keyboard.press('Escape');
});

station('the same in a light theme', async () => {
  await tour.lightTheme();
  await until('the colours', async () => (await colour('q_proj')) !== (await colour('w_proj')));
  await tour.page.waitForTimeout(800);
  await shot('outline-light');
  assert.notEqual(await colour('lora'), await colour('w_proj'));
});
