// The budget panel's page in a plain browser, with comparisons of real configs: what its gestures do, and what it tells the extension.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { comparisons, enlarged } from '../preview/comparisons.ts';
import { send } from '../preview/page.ts';
import { artifacts, startPage } from './page.mjs';

const recipe = 'file:///home/me/llama.peft';
const { open, posted, kept, check } = startPage('budget', { size: { width: 1280, height: 900 }, data: { recipe } });
let page;

async function show(messages, before) {
  page = await open(messages, { kept: before });
  await page.locator('main.budget').waitFor({ state: 'visible' });
  await settled();
}
const settled = () => page.waitForTimeout(150);
const keys = () => page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.key));
const line = (key) => page.locator(`tr[data-key="${key}"]`);
const selected = () =>
  page.locator('tbody tr[aria-selected="true"]').evaluateAll((rows) => rows.map((r) => r.dataset.key));
/** Where a point of the chart is on the screen. */
async function placeOf(key) {
  const all = await page.evaluate(() => window.rankwiseBudget.points());
  const point = all.flatMap(({ points }) => points).find((each) => each.key === key);
  await page.locator('canvas').scrollIntoViewIfNeeded();
  const box = await page.locator('canvas').boundingBox();
  return [box.x + point.x, box.y + point.y];
}

check('table and chart hold every row; the recipe’s is marked, those above the budget say so', async () => {
  await show(comparisons.llama);
  const { rows, limit } = comparisons.llama[0].comparison;
  assert.equal((await keys()).length, rows.length);
  const points = (await page.evaluate(() => window.rankwiseBudget.points())).flatMap((series) => series.points);
  assert.equal(points.length, rows.filter(({ updateRank }) => updateRank > 0).length);
  assert.match(await line('lora||16').innerText(), /recipe[\s\S]*41,943,040[\s\S]*over: 1\.4×/);
  assert.equal(await page.locator('tr.over').count(), rows.filter(({ trainable }) => trainable > limit).length);
  assert.match(await page.locator('.budget-text').innerText(), /30,000,000.*41,943,040, 11,943,040 too many/);
  assert.deepEqual((await page.evaluate(() => window.rankwiseBudget.front())).slice(-2), ['svf||', 'svft|plain|']);
});

check('heads sort, methods are hidden and shown alone, the budget filters', async () => {
  await page.locator('[data-column="updateRank"] button').click();
  await page.locator('[data-column="updateRank"] button').click();
  assert.equal(await page.locator('[data-column="updateRank"]').getAttribute('aria-sort'), 'descending');
  assert.equal((await keys())[0], 'svf||');
  await page.locator('[data-method="vera"]').click();
  assert.ok(!(await keys()).some((key) => key.startsWith('vera')));
  await page.locator('[data-method="lora"]').click({ modifiers: ['Shift'] });
  assert.deepEqual(new Set((await keys()).map((key) => key.split('|')[0])), new Set(['lora']));
  await page.locator('.filter input').check();
  // Ranks up to 8 fit; the recipe's 16 stays.
  assert.deepEqual((await keys()).sort(), ['lora||1', 'lora||16', 'lora||2', 'lora||4', 'lora||8']);
});

check('order, filter and the chosen row come back after a reload, and the entry is asked for', async () => {
  await line('lora||4').click();
  const state = await kept();
  assert.equal(state.recipe, recipe);
  await show(comparisons.llama, { ...state, view: { ...state.view, entry: 1 } });
  assert.deepEqual(await posted('ready'), [{ type: 'ready', entry: 1 }]);
  assert.deepEqual((await keys()).length, 5);
  assert.equal((await keys())[0], 'lora||16');
  assert.deepEqual(await selected(), ['lora||4']);
});

check('a row is chosen with one click and used with its button, a double click or Enter', async () => {
  await show(comparisons.llama);
  assert.equal(await page.locator('.use-chosen').isDisabled(), true);
  await line('dora||2').click();
  assert.deepEqual(await posted('use'), []);
  assert.match(await page.locator('.chosen').innerText(), /DoRA, rank 2\s+6,619,136 trainable, 0\.0824% \(0\.158×/);
  await page.locator('.use-chosen').click();
  await line('svft|banded, d = 2|').dblclick();
  await page.keyboard.press('ArrowDown');
  const [below] = await selected();
  await page.keyboard.press('Enter');
  await line('pissa||4').hover();
  await line('pissa||4').locator('.use').click();
  const uses = await posted('use');
  assert.deepEqual(
    uses.map(({ entry, row }) => [entry, row]),
    [
      [0, { method: 'dora', form: '', rank: 2 }],
      [0, { method: 'svft', form: 'banded, d = 2' }],
      [0, { method: below.split('|')[0], form: '', rank: 128 }],
      [0, { method: 'pissa', form: '', rank: 4 }],
    ],
  );
  // What the recipe says already is nothing to write.
  await line('lora||16').dblclick();
  assert.equal((await posted('use')).length, uses.length);
});

check('points say their values, are chosen in turn where several lie, and used by double click or key', async () => {
  await show(comparisons.llama);
  const [x, y] = await placeOf('milora||8');
  await page.mouse.move(x, y);
  const tip = await page.locator('.tip').innerText();
  assert.match(tip, /PiSSA, rank 8\s+MiLoRA, rank 8\s+20,971,520 trainable · 0\.261% · update rank 16/);
  await page.mouse.click(x, y);
  assert.deepEqual(await selected(), ['pissa||8']);
  await page.waitForTimeout(600); // no double click
  await page.mouse.click(x, y);
  assert.deepEqual(await selected(), ['milora||8']);
  await page.locator('canvas').focus();
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await selected(), ['milora||16']);
  assert.match(await page.locator('[role="status"]').innerText(), /^MiLoRA, rank 16: 41,943,040 trainable/);
  await page.keyboard.press('Enter');
  await page.mouse.dblclick(...(await placeOf('lora||2')));
  assert.deepEqual(
    (await posted('use')).map(({ row }) => row),
    [
      { method: 'milora', form: '', rank: 16 },
      { method: 'lora', form: '', rank: 2 },
    ],
  );
});

check('a refused edit says why until something else is chosen', async () => {
  const error = { code: 'recipe-changed', kind: 'input', message: 'The recipe was edited.', hint: 'Try again.' };
  await send(page, [{ type: 'refused', error }]);
  await settled();
  assert.equal(await page.locator('.refused').innerText(), 'The recipe was edited. Try again.');
  await line('lora||1').click();
  assert.equal(await page.locator('.refused').innerText(), '');
});

check('the keyboard keeps its row when the recipe changes', async () => {
  await line('lora||1').focus();
  await send(page, comparisons.roberta);
  await settled();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), 'lora||1');
});

check('several entries: one is chosen', async () => {
  await show(comparisons.several);
  assert.match(await page.locator('.budget-text').innerText(), /less what the other entries train/);
  await page.locator('.chooser select').selectOption('0');
  assert.deepEqual(await posted('entry'), [{ type: 'entry', entry: 0 }]);
  assert.equal((await kept()).view.entry, 0);
});

check('the exports hold what is shown', async () => {
  await page.locator('[data-method="lora"]').click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: 'Export CSV' }).click();
  await page.getByRole('button', { name: 'Export PNG' }).click();
  const [csv, png] = await posted('save');
  assert.equal(csv.name, 'llama-3-8b-methods.csv');
  assert.equal(csv.content.csv.trim().split('\n').length, 1 + (await keys()).length);
  const bytes = Buffer.from(png.content.png, 'base64');
  writeFileSync(path.join(artifacts, 'budget-export.png'), bytes);
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  assert.ok(bytes.readUInt32BE(16) > 2000, 'twice as dense as the screen');
});

check('findings instead of rows, with the way to all of them', async () => {
  await show(comparisons.findings);
  assert.match(await page.locator('.notice').innerText(), /There is no folder models\/llama-3-8b/);
  assert.equal(await page.locator('table').isVisible(), false);
  await page.getByRole('button', { name: 'Show in Problems' }).click();
  assert.equal((await posted('showProblems')).length, 1);
  await send(page, comparisons.llama);
  await settled();
  assert.equal(await page.locator('.notice').count(), 0);
  assert.equal(await page.locator('table').isVisible(), true);
});

check('in a narrow panel with many rows nothing but the table scrolls sideways, and heads stay', async () => {
  await page.setViewportSize({ width: 500, height: 900 });
  await send(page, [enlarged(comparisons.llama[0], 150)]);
  await settled();
  assert.equal((await keys()).length, 150);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 500);
  const top = () => page.evaluate(() => document.querySelector('thead').getBoundingClientRect().top);
  await page.locator('.table-scroll').scrollIntoViewIfNeeded();
  const before = await top();
  await page.evaluate(() => document.querySelector('.table-scroll').scrollTo(0, 900));
  const headCell = await page.evaluate(() => document.querySelector('thead th').getBoundingClientRect().top);
  assert.ok(Math.abs(headCell - before) < 2, `${headCell} and ${before}`);
});
