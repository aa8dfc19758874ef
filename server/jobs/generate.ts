import { writeText } from '../training/generate.ts';
import { beginning, demandReadable, openWriter } from './generation/writers.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Continues prompts with a model, with or without an adapter, one after the other; each text comes in parts and then as a whole. */
export const run: Job<'generate'> = async ({ model, adapter, prompts, backend, settings }, { item, signal }) => {
  await startFor({ backend });
  const writer = await openWriter({ model, ...(adapter !== undefined && { adapter }) }, signal);
  try {
    // The last prompt's fault is heard before the first text.
    const read = prompts.map((prompt) => writer.prompts.ids(prompt, settings.chat));
    for (const ids of read) demandReadable(ids, writer.model);
    const texts = [];
    for (const [index, prompt] of prompts.entries()) {
      const tell = (part: string) => item({ type: 'text', prompt: index, text: part });
      const { text, ending } = await writeText(writer, beginning(writer, read[index]!), settings, { tell, signal });
      const generated = { prompt, text, ...ending };
      item({ type: 'ended', prompt: index, generated });
      texts.push(generated);
      if (signal.aborted) break;
    }
    return { texts };
  } finally {
    writer.dispose();
  }
};
