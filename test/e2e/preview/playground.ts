/** Pictures of the playground in every state and theme, without an editor: `node test/e2e/preview/playground.ts [output folder] [name …]` after a build. */
import type { ToPlaygroundView } from '../../../server/protocol/playground-view.ts';
import { send, type ThemeName } from './page.ts';
import { type Gesture, type Screen, startPictures } from './pictures.ts';
import { answersTo, loaded, playgroundAbout, unweighable } from './playgrounds.ts';
import { themes } from './themes.ts';

const [output = 'test/artifacts/preview-playground', ...wanted] = process.argv.slice(2);
const { screen, picture, finish } = await startPictures('playground', {
  styles: ['base', 'playground'],
  data: { about: JSON.stringify(playgroundAbout) },
  output,
  wanted,
  settle: [150, 150],
});
const shoot = (on: Screen, theme: ThemeName, messages: ToPlaygroundView[], name: string, gesture?: Gesture) =>
  picture(on, { theme, messages, name, gesture });

/** Writes a prompt, and answers it. */
const ask =
  (prompt: string, done = true): Gesture =>
  async (page) => {
    await page.locator('#prompt').fill(prompt);
    await page.keyboard.press('Control+Enter');
    const id = await page.locator('.exchange').first().getAttribute('data-id');
    await send(page, answersTo(id!, done));
  };
const asked: Gesture = async (page) => {
  await ask('User: Hi!\nAssistant:')(page);
  await page.locator('#weight').fill('1.5');
  await ask('User: What does the owl eat?\nAssistant:', false)(page);
};

const wide = await screen(1100, 860);
for (const theme of Object.keys(themes) as ThemeName[]) await shoot(wide, theme, [loaded], `${theme}-asked`, asked);
await shoot(wide, 'dark', [unweighable], 'dark-unweighable', ask('User: Hi!\nAssistant:'));
await shoot(wide, 'dark', [{ type: 'session', state: 'loading' }], 'dark-loading');
const error = {
  code: 'out-of-memory',
  message: 'This machine has no memory left for loading a step.',
  hint: 'Close other programs, or use a smaller model.',
  kind: 'runtime',
} as const;
await shoot(wide, 'light', [{ type: 'failed', error }], 'light-failed');
const narrow = await screen(420, 900);
await shoot(narrow, 'light', [loaded], 'light-narrow-whole', asked);
await finish();
