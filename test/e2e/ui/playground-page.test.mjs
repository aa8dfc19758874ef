// The playground's page in a plain browser: what it asks the extension for, and what it makes of the answers.
import assert from 'node:assert/strict';
import { send } from '../preview/page.ts';
import { answersTo, loaded, playgroundAbout, unweighable } from '../preview/playgrounds.ts';
import { startPage } from './page.mjs';

const data = { about: JSON.stringify(playgroundAbout) };
const { open, posted, kept, check } = startPage('playground', { size: { width: 1100, height: 860 }, data });
let page;

const last = async (type) => (await posted(type)).at(-1);
const texts = () => page.locator('.exchange').first().locator('.answer').allInnerTexts();

async function ask(prompt) {
  await page.locator('#prompt').fill(prompt);
  await page.keyboard.press('Control+Enter');
  return last('generate');
}

check('a prompt goes out with its settings and the weight, and both answers come side by side', async () => {
  page = await open([loaded]);
  assert.deepEqual(await posted('ready'), [{ type: 'ready', load: true }]);
  await page.locator('#temperature').fill('0');
  await page.locator('#stops').fill('\\nUser:');
  await page.locator('#weight').fill('0.5');
  const { id, sides, prompt, settings, weight } = await ask('Hi');
  assert.deepEqual([sides, prompt, weight], [['base', 'adapted'], 'Hi', 0.5]);
  assert.deepEqual([settings.temperature, settings.stop], [0, ['\nUser:']]);
  await send(page, answersTo(id, false));
  await page.locator('.column.writing').waitFor();
  assert.deepEqual(await texts(), [' The owl eats mice.', ' Arr, the owl be eatin’ mice,']);
  assert.match(await page.locator('.column').nth(1).innerText(), /^Adapted × 0\.5/);
  await page.locator('.generate', { hasText: 'Stop' }).click();
  assert.deepEqual(await posted('stop'), [{ type: 'stop', id }]);
});

check('what was written is there after a reload, cut off where it was, and nothing is loaded unasked', async () => {
  await page.waitForTimeout(400);
  page = await open([], { kept: await kept() });
  assert.deepEqual(await posted('ready'), [{ type: 'ready', load: false }]);
  assert.deepEqual(await texts(), [' The owl eats mice.', ' Arr, the owl be eatin’ mice,']);
  assert.match(await page.locator('.column').nth(1).innerText(), /stopped/);
  assert.equal(await page.locator('#prompt').inputValue(), 'Hi');
  assert.equal(await page.locator('#stops').inputValue(), '\\nUser:');
  await page.locator('.column').first().getByRole('button', { name: 'Copy' }).click();
  assert.deepEqual(await last('copy'), { type: 'copy', text: ' The owl eats mice.' });
});

check('an adapter without a part has no slider, and says why; a wrong number is not asked for', async () => {
  page = await open([unweighable]);
  assert.equal(await page.locator('#weight').isDisabled(), true);
  assert.match(await page.locator('.weight-reason').innerText(), /on or off/);
  await page.locator('#topP').fill('2');
  assert.equal(await ask('Hi'), undefined);
  await page.locator('#topP').fill('1');
  assert.equal((await ask('Hi')).settings.topP, 1);
});

check('a session that fails says what to do, and the next prompt is taken', async () => {
  const error = { code: 'out-of-memory', message: 'No memory.', hint: 'Close other programs.', kind: 'runtime' };
  await send(page, [{ type: 'failed', error }]);
  assert.match(await page.getByRole('alert').innerText(), /No memory\.[\s\S]*Close other programs/);
  assert.equal(await page.locator('.generate').innerText(), 'Generate');
  await ask('Again');
  assert.equal((await last('generate')).prompt, 'Again');
  assert.equal(await page.getByRole('alert').count(), 0);
});
