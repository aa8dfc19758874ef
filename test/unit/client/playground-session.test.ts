import { expect, test } from 'vitest';
import { PlaygroundSession, type SessionOptions } from '../../../client/playground-session.ts';
import { RankwiseError } from '../../../server/base/errors.ts';
import type { PlaygroundAsk } from '../../../server/protocol/generation.ts';

const settings = { maxNewTokens: 1, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, stop: [], seed: 1 };
const write: PlaygroundAsk = { type: 'write', id: 'a', sides: ['base'], prompt: 'Hi', settings, weight: 1 };

function session() {
  const said: string[] = [];
  const listeners = new Map<string, (params: object) => void>();
  let opened = 0;
  const daemon = {
    daemon: { running: true },
    fault: undefined as Error | undefined,
    async request(name: string, params: object) {
      said.push(`${name} ${(params as { playground?: string }).playground ?? ''}`.trim());
      if (daemon.fault) throw daemon.fault;
      return name === 'openPlayground' ? { playground: `p${++opened}` } : null;
    },
    on(name: string, listener: (params: object) => void) {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
  };
  const one = new PlaygroundSession({
    daemon: daemon as unknown as SessionOptions['daemon'],
    params: { base: { model: '/m' } },
    onItem: (item) => said.push(item.type),
    onState: (state, reason) => said.push(reason ?? state),
    onFailed: ({ code }) => said.push(code),
  });
  const happens = (name: string, params: object = {}) => listeners.get(name)?.(params);
  return { one, daemon, said, happens };
}

test('a model is loaded once, for all that is asked, and let go at the end', async () => {
  const { one, said, happens } = session();
  await Promise.all([one.load(), one.ask(write)]);
  happens('playgroundItem', { playground: 'another', item: { type: 'ended' } });
  happens('playgroundItem', { playground: 'p1', item: { type: 'text' } });
  one.dispose();
  expect(said).toEqual(['loading', 'openPlayground', 'askPlayground p1', 'text', 'closePlayground p1']);
});

test('one that was let go, or lost with its daemon, is loaded again by the next prompt', async () => {
  const { one, said, happens } = session();
  await one.ask(write);
  happens('playgroundEnded', { playground: 'p1', idle: true });
  await one.ask(write);
  happens('disconnected');
  await one.ask(write);
  expect(said.filter((word) => !/ing$/.test(word))).toEqual([
    ...['openPlayground', 'askPlayground p1', 'unused'],
    ...['openPlayground', 'askPlayground p2', 'daemon-connection-lost'],
    ...['openPlayground', 'askPlayground p3'],
  ]);
});

test('what fails is told, and may be tried again', async () => {
  const { one, daemon, said } = session();
  daemon.fault = new RankwiseError('too-many-playgrounds', 'Enough.');
  await one.ask(write);
  daemon.fault = undefined;
  await one.ask(write);
  expect(said).toEqual([
    'loading',
    'openPlayground',
    'too-many-playgrounds',
    'loading',
    'openPlayground',
    'askPlayground p1',
  ]);
});

test('a panel that is closed while its model loads lets it go', async () => {
  const { one, said } = session();
  const asked = one.ask(write);
  one.dispose();
  await asked;
  expect(said).toEqual(['loading', 'openPlayground', 'closePlayground p1']);
});
