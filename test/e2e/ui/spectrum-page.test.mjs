// The spectrum panel's page in a plain browser, with spectra made up for it: what its gestures do, and what it tells the extension.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { applyTheme, send } from '../preview/page.ts';
import { spectra } from '../preview/spectra.ts';
import { artifacts, startPage } from './page.mjs';

const query = 'roberta.encoder.layer.3.attention.self.query';
const { open, posted, kept, check } = startPage('spectrum', { size: { width: 1280, height: 900 } });
let page;

async function show(state, theme) {
  page = await open(spectra[state], { theme });
  await page.waitForFunction(() => document.body.dataset.values === document.body.dataset.prepared);
  await settled();
}
const settled = () => page.waitForTimeout(400);
const charts = () => page.evaluate(() => window.rankwiseSpectrum.charts());
const data = () => page.evaluate(() => ({ ...document.body.dataset }));
const cell = (name) => page.locator(`[data-matrix="${name}"]`);

check('every chart holds the matrix that is chosen', async () => {
  await show('complete');
  const { state, matrices, values } = await data();
  assert.deepEqual({ state, matrices, values }, { state: 'done', matrices: '74', values: '74' });
  await cell(query).click();
  const held = await charts();
  for (const name of ['values', 'energy', 'histogram']) {
    assert.equal(held[name].curves.length, 1, name);
    assert.equal(held[name].curves[0].label, 'attention.self.query · 3');
    assert.ok(held[name].curves[0].points > 20, `${name} has ${held[name].curves[0].points} points`);
  }
  assert.equal(held.values.curves[0].first[0], 1);
  assert.equal(held.values.curves[0].last[0], 768);
  assert.deepEqual(held.energy.curves[0].last, [768, 1]);
  assert.deepEqual(held.values.regions, [{ label: 'PiSSA: top 32', from: 0, to: 32 }]);
  assert.deepEqual([held.quantiles.rows, held.quantiles.filled], [12, 12 * held.quantiles.columns]);
});

check('keys walk the grid and choose; Shift chooses several; a name chooses its row', async () => {
  await cell(query).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.deepEqual(
    (await charts()).values.curves.map(({ label }) => label),
    ['attention.self.key · 4'],
  );
  await page.keyboard.press('Shift+ArrowRight');
  assert.equal((await charts()).energy.curves.length, 2);
  await page.locator('.rowheader', { hasText: 'intermediate.dense' }).click();
  await settled();
  const { selected } = await data();
  assert.equal(selected, '12');
  assert.equal(await page.locator('.measures tbody tr').count(), 12);
});

check('the rank cursor follows mouse, keys and number, in both charts', async () => {
  await cell(query).click();
  await settled();
  const box = await page.locator('#energy .canvas').boundingBox();
  await page.mouse.move(box.x + 100, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 90, { steps: 6 });
  await page.mouse.up();
  const { rank } = await charts();
  assert.ok(rank > 250 && rank < 500, `rank ${rank}`);
  await page.keyboard.press('ArrowRight');
  assert.equal((await charts()).rank, rank + 1);
  await page.locator('.rank-field').fill('64');
  await settled();
  const sliders = page.locator('.rank-cursor');
  for (const i of [0, 1]) assert.equal(await sliders.nth(i).getAttribute('aria-valuenow'), '64');
  assert.match(await page.locator('.rank-card').innerText(), /98,304/);
  await page.locator('.use-rank').click();
  assert.deepEqual(await posted('useRank'), [{ type: 'useRank', matrix: query, rank: 64 }]);
});

check('a refused edit says why; an edited recipe moves the cut', async () => {
  const error = { code: 'recipe-changed', kind: 'input', message: 'The recipe has errors.', hint: 'Mend it first.' };
  await send(page, [{ type: 'refused', error }]);
  await settled();
  assert.equal(await page.locator('.refused').innerText(), 'The recipe has errors. Mend it first.');
  await send(page, [{ type: 'cuts', cuts: [{ matrix: query, method: 'lora', rank: 64, end: 'none' }] }]);
  await settled();
  assert.deepEqual((await charts()).values.regions, [{ label: 'LoRA: rank 64', from: 64, to: 64 }]);
  assert.equal(await page.locator('.refused').innerText(), '');
});

check('scales and the interval are kept, and come back after a reload', async () => {
  await page.locator('#values [data-value="normalised"]').click();
  await page.locator('#values [aria-label="Index"] [data-value="log"]').click();
  await page.locator('[aria-label="Upper end of the interval"]').fill('2');
  await settled();
  const before = await charts();
  assert.ok(Math.abs(before.values.curves[0].first[1] - 1) < 1e-6);
  assert.deepEqual(before.histogram.regions, [{ label: '0.1 – 2', from: 0.1, to: 2 }]);
  const state = await kept();
  assert.deepEqual(state.subjects, [{ model: '/models/roberta-base', title: 'roberta-base' }]);
  assert.equal(state.recipe, '/home/me/sst2.peft');
  page = await open(spectra.complete, { kept: state });
  await page.waitForFunction(() => document.body.dataset.prepared === '74');
  await settled();
  const again = await charts();
  assert.deepEqual(again.values, { ...before.values, regions: again.values.regions });
  assert.equal(again.rank, 64);
});

check('the exports hold what is shown', async () => {
  await page.getByRole('button', { name: 'Export PNG' }).click();
  await page.getByRole('button', { name: 'Export CSV' }).click();
  await page.getByRole('button', { name: 'Measures of all as CSV' }).click();
  const saved = await posted('save');
  assert.deepEqual(
    saved.map(({ name }) => name),
    ['roberta-base.png', 'roberta-base-values.csv', 'roberta-base-measures.csv'],
  );
  const png = Buffer.from(saved[0].content.png, 'base64');
  writeFileSync(path.join(artifacts, 'spectrum-export.png'), png);
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  assert.ok(png.readUInt32BE(16) > 2000, 'two charts beside each other, twice as dense as the screen');
  assert.equal(saved[1].content.csv.trim().split('\n').length, 1 + 768);
  assert.equal(saved[2].content.csv.trim().split('\n').length, 1 + 74);
});

check('colours follow the theme', async () => {
  const colour = async () => (await charts()).values.curves[0].colour;
  const dark = await colour();
  await applyTheme(page, 'light');
  await settled();
  assert.notEqual(await colour(), dark);
});

check(
  'a matrix of zeros: why there is no curve on a logarithmic axis; one value far from all others does not take their colours',
  async () => {
    await show('odd');
    await cell('classifier.out_proj').click();
    await page.locator('#values [aria-label="Values"] [data-value="log"]').click();
    await settled();
    assert.match(await page.locator('#values .none').innerText(), /^All values are 0/);
    assert.equal((await charts()).values.curves.length, 0);
    await page.locator('#values [aria-label="Values"] [data-value="linear"]').click();
    await settled();
    assert.equal(await page.locator('#values .none').innerText(), '');
    assert.deepEqual((await charts()).values.curves[0].last, [2, 0]);
    assert.deepEqual(await page.locator('.ramp-end').allInnerTexts(), ['0', '≥ 94.8']);
    await page.screenshot({ path: path.join(artifacts, 'spectrum-odd.png') });
  },
);

check('what training changed: numbers, a sentence, and three pictures', async () => {
  await show('tuned');
  await cell(query).click();
  await settled();
  const held = await charts();
  assert.deepEqual(
    held.values.curves.map(({ label, dash }) => [label.split(', ')[1], dash.length > 0]),
    [
      ['roberta-base (base)', false],
      ['roberta-base + sst2-lora (merged)', true],
    ],
  );
  assert.equal(held.update.curves.length, 1);
  assert.deepEqual([held.left.columns, held.right.columns, held.left.rows], [8, 8, 11]);
  assert.match(await page.locator('.verdict').innerText(), /^Mostly amplifies existing directions\. 57%/);
  await cell(query.replace('query', 'key')).click();
  await settled();
  assert.match(await page.locator('#change').innerText(), /does not change this matrix/);
  assert.equal(await page.locator('#left').isVisible(), false);
});

check('subjects are compared, stopped and started again', async () => {
  await show('compared');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Remove comparison' }).click();
  assert.deepEqual(await posted('stop'), [{ type: 'stop', subject: 1 }]);
  assert.equal((await posted('uncompare')).length, 1);
  const { curves } = (await charts()).values;
  assert.deepEqual(
    curves.map(({ label, dash }) => [label.split(', ')[1], dash.length > 0]),
    [
      ['roberta-base', false],
      ['bert-base', true],
    ],
  );
  await show('failed');
  assert.equal((await data()).state, 'failed');
  await page.getByRole('button', { name: 'Restart' }).click();
  assert.deepEqual(await posted('restart'), [{ type: 'restart', subject: 0 }]);
});

check('nothing moves while values come', async () => {
  await show('loading');
  const [, list, end] = [spectra.complete[0], spectra.complete[1], spectra.complete[2]];
  await send(page, [{ type: 'items', subject: 0, items: list.items.slice(0, 1) }]);
  await settled();
  const places = () =>
    page.evaluate(() =>
      ['.grid-card', '#values', '#energy', '.rank-card', '#histogram', '#quantiles', '.measures'].map((selector) => {
        const { left, top, width } = document.querySelector(selector).getBoundingClientRect();
        return [selector, left, top + scrollY, width];
      }),
    );
  const before = await places();
  await send(page, [{ type: 'items', subject: 0, items: list.items.slice(1) }, end]);
  await settled();
  assert.equal((await data()).state, 'done');
  assert.deepEqual(await places(), before);
});

check('what the method learned: a chart for each thing that it names, whatever the method', async () => {
  await show('learned');
  await cell(query).click();
  await settled();
  const card = page.locator('#learned');
  assert.match(await card.innerText(), /SVF/);
  const [z, beside] = (await charts()).learned;
  assert.deepEqual(
    z.curves.map(({ label }) => label),
    ['neutral: 1', 'z'],
  );
  assert.deepEqual([z.curves[1].first[0], z.curves[1].last[0]], [1, 768]);
  assert.deepEqual(
    beside.curves.map(({ label, dash }) => [label, dash.length > 0]),
    [
      ['S', false],
      ['S ⊙ z', true],
    ],
  );
  await cell(query.replace('query', 'value')).click();
  await settled();
  const [M] = (await charts()).learned;
  assert.deepEqual([M.rows, M.columns, M.low], [128, 128, -M.high]);
  assert.ok(M.filled > 4000 && M.filled <= 6000, `${M.filled} cells`);
  assert.match(await card.innerText(), /a cell stands for 64×64 places/);
  assert.equal(await card.locator('tbody tr').count(), 8);
  await cell(query.replace('attention.self.query', 'intermediate.dense')).click();
  await settled();
  assert.deepEqual((await charts()).learned, []);
  assert.match(await card.innerText(), /does not change this matrix/);
});

check('what was learned is read with keys, and saved as a table', async () => {
  await cell(query).click();
  await settled();
  const spoken = page.locator('main > [role="status"]');
  await page.locator('#learned canvas').first().focus();
  await page.keyboard.press('End');
  assert.match(await spoken.innerText(), /^z, 768: [\d.]+$/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await spoken.innerText(), /z, 767: [\d.]+$/);
  await cell(query.replace('attention.self.query', 'output.dense')).click();
  await settled();
  await page.locator('#learned .picture canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.match(await spoken.innerText(), /^R, left direction 1, right direction 2: -?[\d.e-]+$/);
  await page.getByRole('button', { name: 'Learned of all as CSV' }).click();
  const [saved] = await posted('save');
  assert.equal(saved.name, 'roberta-base-+-sst2-lora-learned.csv');
  const rows = saved.content.csv.trim().split('\n');
  assert.equal(rows.filter((row) => row.includes(`${query},3,svf,z,1,`)).length, 768);
});

check('the grid shows how far what was learned is from neutral, and the ranks that are left', async () => {
  const measures = () => page.locator('.grid-card select').first();
  await measures().selectOption('learnedRank');
  await settled();
  assert.equal(await cell(query.replace('query', 'key')).innerText(), '3');
  assert.equal(await cell(query).innerText(), '');
  await show('tuned');
  const offered = await measures().locator('option').allInnerTexts();
  assert.ok(!offered.some((title) => /method left|learned/i.test(title)));
});
