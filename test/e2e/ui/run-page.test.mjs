// The run panel's page in a plain browser: what it shows of a run whose method takes ranks away, and of how a run was computed.
import assert from 'node:assert/strict';
import { send } from '../preview/page.ts';
import { runs } from '../preview/runs.ts';
import { startPage } from './page.mjs';

const { open, posted, kept, check } = startPage('run', { size: { width: 1200, height: 900 } });
let page;

const settled = () => page.waitForTimeout(300);
async function show(state) {
  page = await open(runs[state].messages);
  await page.locator('main h1').waitFor({ state: 'visible' });
  await settled();
}
const card = () => page.locator('#ranks');
const slider = () => page.getByRole('slider', { name: 'Step whose ranks are shown' });

check('ranks: the last ones at first, any step by keys, and the newest again at the end', async () => {
  await show('ranked');
  const [{ events }] = runs.ranked.messages;
  const told = events.filter(({ event }) => event === 'ranks');
  const last = told.at(-1);
  assert.match(await card().innerText(), new RegExp(`After step ${last.step}: ${last.budget} of 432 ranks`));
  await slider().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  assert.match(await card().innerText(), /After step 20: 432 ranks/);
  assert.equal((await kept()).ranksAt, 20);
  const newer = { ...last, step: 150, budget: 36, ranks: last.ranks.map(() => 1) };
  await send(page, [{ type: 'events', events: [newer] }]);
  // New data is drawn a few times a second, less often on a slow machine.
  await page.waitForFunction((last) => Number(document.querySelector('#ranks input').max) === last, told.length);
  assert.match(await card().innerText(), /After step 20/);
  await page.keyboard.press('End');
  assert.match(await slider().getAttribute('aria-valuetext'), /^After step 150: 36 of 432 ranks, 1 to 1 a matrix\.$/);
  assert.equal((await kept()).ranksAt, undefined);
});

check('ranks: a click into the budget chooses its step; cells are read with keys; all is saved', async () => {
  await show('ranked');
  await card().scrollIntoViewIfNeeded();
  const box = await card().locator('.plot canvas').boundingBox();
  await page.mouse.click(box.x + box.width * 0.42, box.y + box.height / 2);
  assert.match(await card().innerText(), /After step [67]0: /);
  await card().locator('.picture canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  const spoken = page.locator('body > [role="status"]').last();
  assert.match(await spoken.innerText(), /^roberta\.encoder\.layer\.0\.attention\.self\.key: rank \d+$/);
  await page.getByRole('button', { name: 'Ranks as CSV' }).click();
  const [saved] = await posted('save');
  assert.equal(saved.name, 'pirate-ranks.csv');
  assert.equal(saved.content.csv.trim().split('\n').length, 1 + 36 * 14);
});

check('a reload finds the step that was chosen', async () => {
  page = await open(runs.ranked.messages, { kept: { run: '/run', ranksAt: 60 } });
  await settled();
  assert.match(await card().innerText(), /After step 60: /);
});

check('how it was computed stands in a line, and opens', async () => {
  await show('ranked');
  const how = page.locator('.how');
  assert.match(
    await how.innerText(),
    /onnxruntime on AMD EPYC.*agree with the reference, to 2\.4e-7.*36 matrices decomposed, 12 kept/,
  );
  await how.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.match(await how.locator('dl').innerText(), /Chosen because\s+Nothing else can start here\./);
});

check('other runs have no ranks', async () => {
  await show('running');
  assert.equal(await card().isVisible(), false);
});

const loss = () => page.locator('.charts canvas').first();
const zoomed = () => page.locator('.toolbar .range');
/** Over the loss, between two shares of its width. */
async function drag(from, to) {
  const box = await loss().boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
  await settled();
}

check('a drag zooms all charts, keys move, a double-click shows all again; what was chosen is kept', async () => {
  await show('long');
  await drag(0.5, 0.6);
  const range = await zoomed().innerText();
  assert.match(range, /^Steps (29|30),\d{3} – 3[56],\d{3}$/);
  await loss().focus();
  await page.keyboard.press('PageDown');
  assert.notEqual(await zoomed().innerText(), range);
  await page.getByRole('combobox', { name: 'Horizontal axis' }).selectOption('tokens');
  await page.getByRole('button', { name: 'Log', exact: true }).first().click();
  await drag(0.2, 0.4);
  assert.match(await zoomed().innerText(), /^Tokens 1\d,\d{3},\d{3} – 2\d,\d{3},\d{3}$/);
  const { axis, range: held, logarithmic } = await kept();
  assert.deepEqual([axis, held.to > held.from, logarithmic], ['tokens', true, ['Loss']]);
  await loss().dblclick();
  assert.equal(await zoomed().innerText(), '');
  await settled();
  assert.equal((await kept()).range, undefined);
});

check('runs laid over it have their values, their differences, and can be hidden or taken away', async () => {
  await show('together');
  const box = await loss().boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
  const tip = await page.locator('.charts .tip').innerText();
  for (const name of ['pirate', 'pirate-dora', 'pirate-pissa']) assert.match(tip, new RegExp(`${name} · smoothed`));
  assert.match(await page.locator('.differences').innerText(), /adapters\[0\]\.method\s+lora\s+dora\s+pissa/);
  await page.getByRole('button', { name: 'pirate-dora', exact: true }).click();
  await settled();
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height / 2);
  assert.doesNotMatch(await page.locator('.charts .tip').innerText(), /dora/);
  await page.getByRole('button', { name: 'Remove pirate-pissa' }).click();
  const [{ run }] = await posted('removeRun');
  assert.match(run, /pirate-pissa$/);
  assert.deepEqual(
    (await kept()).others.map((other) => other.endsWith('pirate-dora')),
    [true],
  );
});

check('samples are text, newest first, beside each other for the runs that are shown', async () => {
  await show('together');
  const samples = page.locator('.samples');
  assert.match(await samples.locator('thead').first().innerText(), /Step\s+pirate\s+pirate-dora\s+pirate-pissa/);
  assert.match(await samples.locator('tbody tr').first().innerText(), /^240\s+–\s+Ahoy, matey!/);
  assert.equal(await samples.locator('td :is(b, img)').count(), 0);
  assert.match(await samples.innerText(), /<b onclick="alert\(1\)">/);
  await samples.getByRole('button', { name: 'Show all 6 steps' }).first().click();
  assert.equal(await samples.locator('section').first().locator('tbody tr').count(), 6);
});

check('a chart is saved as picture, drawing and table, by keys', async () => {
  await show('together');
  const menu = page.getByRole('button', { name: 'Save loss as a file' });
  for (const downs of [0, 1, 2]) {
    await menu.focus();
    await page.keyboard.press('Enter');
    for (let i = 0; i < downs; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  }
  const [png, svg, csv] = await posted('save');
  assert.deepEqual([png.name, svg.name, csv.name], ['pirate-loss.png', 'pirate-loss.svg', 'pirate-loss.csv']);
  assert.equal(Buffer.from(png.content.png, 'base64').subarray(1, 4).toString(), 'PNG');
  assert.match(svg.content.svg, /<svg[^>]*>.*pirate-dora/s);
  const rows = csv.content.csv.trim().split('\n');
  assert.equal(rows[0], 'run,step,tokens,seconds,training_loss,smoothed,evaluation_loss');
  // Every step of the three runs, and an evaluation before the first one each.
  assert.equal(rows.length, 1 + 168 + 240 + 200 + 3);
});

check('the budget of ranks zooms with the other charts', async () => {
  await show('ranked');
  await drag(0.3, 0.6);
  await card().scrollIntoViewIfNeeded();
  const range = await zoomed().innerText();
  const box = await card().locator('.plot canvas').boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
  const [, from, to] = range.match(/^Steps (\d+) – (\d+)$/).map(Number);
  const step = Number(/^Step (\d+)/.exec(await card().locator('.plot .tip').innerText())[1]);
  assert.ok(step > from && step < to, `${step} in ${range}`);
});
