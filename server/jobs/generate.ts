import { generateText } from '../training/generate.ts';
import { openWriter } from './generation/writers.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Continues prompts with a model, with or without an adapter, one after the other; each text comes in parts and then as a whole. */
export const run: Job<'generate'> = async ({ model, adapter, prompts, backend, settings }, { item, signal }) => {
  await startFor({ backend });
  const writer = await openWriter({ model, ...(adapter !== undefined && { adapter }) }, signal);
  try {
    const texts = [];
    for (const [index, prompt] of prompts.entries()) {
      const parts = generateText(writer, writer.prompts.ids(prompt, settings.chat), settings, signal);
      let text = '';
      let next = await parts.next();
      for (; !next.done; next = await parts.next()) {
        text += next.value;
        item({ type: 'text', prompt: index, text: next.value });
      }
      const generated = { prompt, text, ...next.value };
      item({ type: 'ended', prompt: index, generated });
      texts.push(generated);
      if (signal.aborted) break;
    }
    return { texts };
  } finally {
    writer.dispose();
  }
};
