// The comparison's page in a plain browser: what its gestures do, and what it tells the extension.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sweep } from '../preview/comparison.ts';
import { send } from '../preview/page.ts';
import { artifacts, startPage } from './page.mjs';

const about = JSON.stringify({ sweep: 's-1' });
const { open, posted, kept, check } = startPage('comparison', { size: { width: 1280, height: 1000 }, data: { about } });
let page;

async function show(before, theme) {
  page = await open([sweep()], { kept: before, theme });
  await page.locator('main.comparison').waitFor({ state: 'visible' });
  await settled();
}
const settled = () => page.waitForTimeout(150);
const names = () => page.locator('tbody th').allInnerTexts();
const line = (name) => page.locator('tbody tr', { hasText: name }).first();
const selected = () => page.locator('tbody tr[aria-selected="true"] th').innerText();
const points = () => page.evaluate(() => window.rankwiseComparison.points());
async function placeOf(name) {
  const key = await line(name).getAttribute('data-key');
  const point = (await points()).find((each) => each.key === key);
  await page.locator('.chart').scrollIntoViewIfNeeded();
  const box = await page.locator('.chart').boundingBox();
  return [box.x + point.at.x, box.y + point.at.y];
}

check('configurations with mean and deviation over seeds; what fails is in the table alone', async () => {
  await show();
  assert.equal((await names()).length, 9);
  assert.equal((await points()).length, 8);
  assert.match(await line('LoRA-XS, rank 4').innerText(), /1,200\s.*0\.807 ± 0\.021/s);
  assert.match(await line('DoRA, rank 32').innerText(), /0\.87 so far.*running 40%/s);
  assert.match(
    await page.locator('#summary').innerText(),
    /front: LoRA-XS, rank 4; LoRA-XS, rank 16; LoRA, rank 8; PiSSA, rank 8; DoRA, rank 8\. 1 without/,
  );
  assert.match(await page.locator('.notes').textContent(), /<b>Not enough<\/b> memory/);
});

check('a metric is chosen, heads sort, methods are hidden and shown alone; all of it comes back', async () => {
  await page.getByLabel('Metric', { exact: true }).selectOption('loss');
  assert.match(await page.locator('.plot h2').innerText(), /validation loss against/i);
  await page.locator('[data-column="metric loss"] button').click();
  assert.equal((await names())[0].split('\n')[0], 'DoRA, rank 8');
  await page.locator('[data-method="lora"]').click({ modifiers: ['Shift'] });
  assert.deepEqual(
    (await names()).map((name) => name.split('\n')[0]),
    ['LoRA, rank 8', 'LoRA, rank 32', 'LoRA, rank 2'],
  );
  const state = await kept();
  assert.deepEqual(state.about, { sweep: 's-1' });
  await show(state);
  assert.equal((await names()).length, 3);
});

check('a point is chosen by click and keys; its runs are opened, its settings used', async () => {
  await show();
  const [x, y] = await placeOf('LoRA-XS, rank 16');
  await page.mouse.move(x, y);
  assert.match(
    await page.locator('.tip').innerText(),
    /LoRA-XS, rank 16\s+accuracy 0\.8917 ± 0\.0076, 8k trainable, 3 runs/,
  );
  await page.mouse.click(x, y);
  assert.match(await selected(), /LoRA-XS, rank 16/);
  await page.locator('.chart').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await selected(), /LoRA, rank 2/);
  assert.match(await page.locator('main > [role="status"]').innerText(), /^LoRA, rank 2, accuracy 0\.875/);
  await page.getByRole('button', { name: 'Seed 2' }).click();
  await page.locator('.use-chosen').click();
  await page.keyboard.press('Shift+Tab');
  await line('PiSSA').dblclick();
  assert.deepEqual(
    (await posted('openRun')).map(({ run }) => path.basename(run)),
    ['lora-r2-s2', 'pissa-r8-s0'],
  );
  assert.deepEqual(
    (await posted('use')).map(({ run }) => path.basename(run)),
    ['lora-r2-s0'],
  );
});

check('what was written, and what was not, is said until something else is chosen', async () => {
  const error = { code: 'other-adapters', kind: 'input', message: 'Other adapters.' };
  await send(page, [{ type: 'refused', error }]);
  await settled();
  assert.equal(await page.locator('.refused').innerText(), 'Other adapters.');
  await send(page, [{ type: 'used', recipe: 'a.peft' }]);
  await settled();
  assert.equal(await page.locator('.said').innerText(), 'Written into a.peft.');
  await line('LoRA, rank 8').click();
  assert.equal(await page.locator('.said').innerText(), '');
});

check('runs that go on move their point; row and keyboard stay', async () => {
  await line('DoRA, rank 32').click();
  await line('DoRA, rank 32').focus();
  const before = await placeOf('DoRA, rank 32');
  await send(page, [sweep(80, 0.9)]);
  await settled();
  assert.ok((await placeOf('DoRA, rank 32'))[1] < before[1]);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /DoRA, rank 32.*running 80%/);
});

check('the exports hold what is shown', async () => {
  await page.locator('[data-method="svft"]').click();
  for (const name of ['PNG', 'SVG', 'CSV']) await page.getByRole('button', { name: `Export ${name}` }).click();
  const [png, svg, csv] = await posted('save');
  assert.equal(png.name, 'ranks-accuracy.png');
  writeFileSync(path.join(artifacts, 'comparison-export.png'), Buffer.from(png.content.png, 'base64'));
  assert.ok(png.content.png.length > 10_000);
  assert.match(svg.content.svg, /^<\?xml[\s\S]*LoRA-XS[\s\S]*<\/svg>\n$/);
  assert.equal(csv.content.csv.trim().split('\n').length, 9);
  assert.match(csv.content.csv, /^method,size,trainable,percent,accuracy,accuracy_sd/);
});

for (const theme of ['dark', 'light', 'high-contrast'])
  check(`in ${theme}`, async () => {
    await show(undefined, theme);
    await line('LoRA, rank 8').click();
    await page.screenshot({ path: path.join(artifacts, `comparison-${theme}.png`), fullPage: true });
    // Nothing is wider than the window.
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  });
