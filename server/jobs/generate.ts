import { RankwiseError } from '../base/errors.ts';
import { resolveModel } from '../checkpoint/model-folder.ts';
import { loadTokenizer } from '../data/tokenizer.ts';
import { bucketedStep } from '../engine/index.ts';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { generateText } from '../training/generate.ts';
import { withFactors } from './decompositions.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Continues a prompt with a model, with or without an adapter; the text comes in chunks and then as a whole. */
export const run: Job<'generate'> = async (
  { model: spec, adapter, prompt, backend, ...options },
  { chunk, signal },
) => {
  await startFor({ backend });
  const model = await withFactors((factors) => assembleFolder(spec, adapter, 'stored', { factors, signal }));
  const step = bucketedStep(model.logitsStep);
  try {
    if (model.task !== 'causal-lm')
      throw new RankwiseError('cannot-generate', `${spec} is a model for ${model.task}: it writes no text.`, {
        hint: 'Use `rankwise evaluate` or `rankwise forward` with it.',
      });
    const tokenizer = loadTokenizer(resolveModel(spec, { cwd: process.cwd() }));
    let text = '';
    for await (const part of generateText(model, step, tokenizer, prompt, { ...options, signal })) {
      text += part;
      chunk(part);
    }
    return { text };
  } finally {
    step.dispose();
    model.dispose();
  }
};
