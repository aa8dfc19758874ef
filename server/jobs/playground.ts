import { errorData, RankwiseError } from '../base/errors.ts';
import type { PlaygroundAsk, PlaygroundSide } from '../protocol/generation.ts';
import { longestText, writeText } from '../training/generate.ts';
import { beginning, demandReadable, openWriters, type Writers } from './generation/writers.ts';
import { startFor } from './start.ts';
import type { Job, JobContext } from './types.ts';

type Write = Extract<PlaygroundAsk, { type: 'write' }>;

/** Loads once, and writes as often as it is asked, base and adapted side token by token in turns; ends when it is cancelled. */
export const run: Job<'playground'> = async (params, { item, asks, signal }) => {
  const began = performance.now();
  const { device } = await startFor();
  const writers = await openWriters(params, signal);
  try {
    const seconds = (performance.now() - began) / 1000;
    const maxLength = longestText(writers.base.model);
    const { hasChat: chat } = writers.base.prompts;
    item({
      type: 'loaded',
      seconds,
      weighing: writers.weighing,
      maxLength,
      chat,
      ...(device !== undefined && { device }),
    });
    let last: { id: string; stop: AbortController; written: Promise<void> } | undefined;
    for await (const ask of asks) {
      // One prompt at a time: the next one takes the place of what is being written.
      if (ask.type === 'write' || ask.id === last?.id) last?.stop.abort();
      if (ask.type === 'stop') continue;
      await last?.written;
      const stop = new AbortController();
      const written = answer(writers, ask, item, AbortSignal.any([stop.signal, signal]));
      last = { id: ask.id, stop, written };
    }
    await last?.written;
    return null;
  } finally {
    writers.dispose();
  }
};

async function answer(
  writers: Writers,
  ask: Write,
  item: JobContext<'playground'>['item'],
  signal: AbortSignal,
): Promise<void> {
  writers.weigh(ask.weight);
  await Promise.all(ask.sides.map((side) => write(writers, side, ask, item, signal)));
}

/** A fault is the side's own: the session goes on. */
async function write(
  writers: Writers,
  side: PlaygroundSide,
  { id, prompt, settings }: Write,
  item: JobContext<'playground'>['item'],
  signal: AbortSignal,
): Promise<void> {
  try {
    const writer = writers[side];
    if (!writer)
      throw new RankwiseError('no-adapter', 'There is no adapted side.', { hint: 'Open the playground of a run.' });
    const ids = writer.prompts.ids(prompt, settings.chat);
    const tell = (text: string) => item({ type: 'text', id, side, text });
    demandReadable(ids, writer.model);
    const { ending } = await writeText(writer, beginning(writer, ids), settings, { tell, signal });
    item({ type: 'ended', id, side, ending });
  } catch (error) {
    item({ type: 'failed', id, side, error: errorData(error) });
  }
}
