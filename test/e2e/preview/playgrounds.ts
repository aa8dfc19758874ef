/** What a playground's page is told. */
import type { PlaygroundAbout, ToPlaygroundView } from '../../../server/protocol/playground-view.ts';

export const playgroundAbout: PlaygroundAbout = {
  base: { model: '/models/llama' },
  adapted: { model: '/models/llama', adapter: '/runs/pirate/adapter' },
  title: 'llama + pirate',
  run: '/runs/pirate',
};

const item = (of: Extract<ToPlaygroundView, { type: 'item' }>['item']): ToPlaygroundView => ({
  type: 'item',
  item: of,
});

export const loaded = item({ type: 'loaded', seconds: 1.2, weighing: { from: 0, to: 2 }, maxLength: 2048, chat: true });
export const unweighable = item({
  type: 'loaded',
  seconds: 1.2,
  weighing: {
    reason: 'DoRA changes weights by more than a sum, so that there is no part of its change: it is on or off.',
  },
  maxLength: 2048,
  chat: false,
});

/** To the prompt `id`, on both sides; without `done` the adapted one is still written. */
export function answersTo(id: string, done: boolean): ToPlaygroundView[] {
  const ending = { reason: 'end', promptTokens: 11, tokens: 6, promptSeconds: 0.1, seconds: 0.3 } as const;
  return [
    item({ type: 'text', id, side: 'base', text: ' The owl' }),
    item({ type: 'text', id, side: 'adapted', text: ' Arr, the owl be eatin’ mice,' }),
    item({ type: 'text', id, side: 'base', text: ' eats mice.' }),
    item({ type: 'ended', id, side: 'base', ending }),
    ...(done ? [item({ type: 'ended', id, side: 'adapted', ending: { ...ending, reason: 'length' } })] : []),
  ];
}
