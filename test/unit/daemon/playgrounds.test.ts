import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { playgroundAsk } from '../../../server/daemon/playground-params.ts';
import { Playgrounds } from '../../../server/daemon/playgrounds.ts';
import type { PlaygroundAsk } from '../../../server/protocol/generation.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-playgrounds-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const script = path.join(scratch, 'worker.mjs');
writeFileSync(
  script,
  `const item = (item) => process.send({ type: 'item', item });
  process.on('message', ({ type, ask, params }) => {
    if (type === 'cancel') process.exit(0);
    if (type === 'job' && params.base.model === '/broken') process.exit(3);
    if (type === 'job') item({ type: 'loaded', seconds: 0, weighing: {}, maxLength: 9 });
    if (type === 'ask' && ask.type === 'write') item({ type: 'ended', id: ask.id, side: 'base', ending: ask.prompt });
  });`,
);

const settings = { maxNewTokens: 1, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, stop: [], seed: 1 };
const write: PlaygroundAsk = { type: 'write', id: 'a', sides: ['base'], prompt: 'Hi', settings, weight: 1 };

function playgrounds({ idleMilliseconds = 60_000 } = {}) {
  const said: string[] = [];
  const client = {
    notify: (name: string, { playground: _, ...params }: object & { playground?: string }) =>
      void said.push(`${name} ${JSON.stringify(params)}`),
  };
  const all = new Playgrounds({ script, idleMilliseconds, atOnce: 2, onIdle: () => said.push('idle') });
  return { all, client, said };
}
const model = (name: string) => ({ base: { model: name } });

test('its client asks and hears; another one does neither', async () => {
  const { all, client, said } = playgrounds();
  const id = all.start(client, model('/m'));
  all.ask(client, id, write);
  await expect.poll(() => said).toHaveLength(2);
  expect(said[1]).toBe('playgroundItem {"item":{"type":"ended","id":"a","side":"base","ending":"Hi"}}');
  const other = { notify: () => {} };
  expect(() => all.ask(other, id, write)).toThrow(/let its model go/);
  all.close(other, id);
  all.start(other, model('/m'));
  expect(() => all.start(client, model('/m'))).toThrow(/2 playgrounds/);
  all.closeAll(client);
  all.closeAll(other);
  await expect.poll(() => all.size).toBe(0);
  expect(said.at(-1)).toBe('idle');
  expect(said.join()).not.toContain('playgroundEnded');
});

test('it ends after a while without a prompt, and says so', async () => {
  const { all, client, said } = playgrounds({ idleMilliseconds: 50 });
  const id = all.start(client, model('/m'));
  await expect.poll(() => said).toContain('playgroundEnded {"idle":true}');
  expect(() => all.ask(client, id, write)).toThrow(/let its model go/);
});

test('a worker that dies, and a daemon that stops, are told', async () => {
  const { all, client, said } = playgrounds();
  all.start(client, model('/broken'));
  await expect.poll(() => said.join()).toContain('worker-crashed');
  all.start(client, model('/m'));
  await all.stop();
  expect(said.join()).toContain('daemon-stopped');
  expect(() => all.start(client, model('/m'))).toThrow(/stopped/);
});

test('asks from outside are checked', () => {
  const asked = (change: object) => playgroundAsk({ ask: { ...write, ...change } });
  expect(asked({})).toEqual(write);
  const chatting = { ...settings, chat: { system: 'Be brief.' } };
  expect(asked({ settings: chatting })).toEqual({ ...write, settings: chatting });
  for (const change of [
    { sides: ['other'] },
    { prompt: 1 },
    { weight: 3 },
    { settings: { ...settings, topP: 0 } },
    { settings: { ...settings, chat: 1 } },
  ])
    expect(() => asked(change)).toThrow(/must be/);
});
