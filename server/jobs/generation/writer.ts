import { RankwiseError } from '../../base/errors.ts';
import { endTokens } from '../../checkpoint/end-tokens.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import { loadTokenizer } from '../../data/tokenizer.ts';
import { assembleFolder } from '../../training/assemble-recipe.ts';
import { Decoder } from '../../training/decoder.ts';
import type { Writer } from '../../training/generate.ts';
import { withFactors } from '../decompositions.ts';

/** Loads a model with what it takes to write with it. Throws `cannot-generate`, and what assembling and the tokenizer throw. */
export async function openWriter(
  spec: string,
  adapter: string | undefined,
  signal: AbortSignal,
): Promise<Writer & { dispose(): void }> {
  const folder = resolveModel(spec, { cwd: process.cwd() });
  const model = await withFactors((factors) => assembleFolder(spec, adapter, 'stored', { factors, signal }));
  try {
    if (!model.decoding)
      throw new RankwiseError('cannot-generate', `${spec} is a model for ${model.task}: it writes no text.`, {
        hint: 'Use `rankwise evaluate` or `rankwise forward` with it.',
      });
    const tokenizer = loadTokenizer(folder);
    const ends = new Set([...endTokens(folder), ...(tokenizer.eosId === undefined ? [] : [tokenizer.eosId])]);
    const decoder = new Decoder(model.decoding, model.trainable);
    const dispose = () => {
      decoder.dispose();
      model.dispose();
    };
    return { model, decoder, tokenizer, ends, dispose };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
