/** What a run's result writes after the prompts of other data, scored against their completions. */
import { RankwiseError } from '../base/errors.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import { type Dataset, type Example, ignored } from '../data/types.ts';
import { type Answer, answerScores } from '../metrics/answers.ts';
import { greedy, type Writer, writeText } from '../training/generate.ts';
import { openWriter } from './generation/writers.ts';
import { encodeForRun, readRunRecipe, trainedWeights, withColumns } from './run-directory.ts';
import type { Job, JobContext } from './types.ts';

type Params = Parameters<Job<'evaluate'>>[0];

/** Throws `no-prompts` for data that is learnt as a whole, and what the evaluation and generation throw. */
export async function evaluateGenerated(
  { run, data, generate, columns }: Params & { generate: NonNullable<Params['generate']> },
  { item, signal }: Pick<JobContext<'evaluate'>, 'item' | 'signal'>,
): Promise<{ metrics: Record<string, number>; answers: Answer[] }> {
  const recipe = withColumns(readRunRecipe(run).recipe, columns);
  const { model, adapter } = await trainedWeights(run);
  const source = { model: model ?? recipe.model.path, ...(adapter !== undefined && { adapter }) };
  const files = [data].flat();
  let kept: Dataset | undefined;
  const writer = await openWriter(source, signal);
  try {
    const about = { ...writer.model, task: recipe.model.task };
    kept = await encodeForRun(run, recipe, about, files, { signal });
    const { examples } = kept;
    const answers: Answer[] = [];
    for (let i = 0; i < examples.length; i++) {
      const example = examples.at(i)!;
      const { begin } = writer.decoder;
      const { prompt, expected } = begin
        ? target(example, begin, writer)
        : parted(example, writer.tokenizer, writer.ends);
      if (!begin && prompt.length <= writer.tokenizer.before) throw noPrompts(files);
      const { text } = await writeText(writer, prompt, { ...greedy, ...generate }, { signal });
      if (signal.aborted) throw new RankwiseError('cancelled', 'The evaluation was cancelled.', { kind: 'runtime' });
      answers.push({ text, expected });
      item({ done: answers.length, total: examples.length });
    }
    return { metrics: answerScores(answers), answers };
  } finally {
    kept?.close();
    writer.dispose();
  }
}

/** The prompt is what stands before the last stretch of labels, which is what is expected; its end token is no part of the text. */
export function parted(
  { ids, labels }: Example,
  tokenizer: Pick<Tokenizer, 'decode'>,
  ends: ReadonlySet<number>,
): { prompt: number[]; expected: string } {
  let to = ids.length;
  while (to > 0 && labels[to - 1] === ignored) to--;
  let from = to;
  while (from > 0 && labels[from - 1] !== ignored) from--;
  const prompt = [...ids.subarray(0, from)];
  const whole = [...ids.subarray(0, to)];
  while (whole.length > from && ends.has(whole.at(-1)!)) whole.pop();
  // Decoded together: a tokenizer may put a space before a text of its own.
  return { prompt, expected: tokenizer.decode(whole).slice(tokenizer.decode(prompt).length) };
}

/** Of a model with a decoder of its own: the tokens are what it reads, the labels what is expected. */
function target(
  { ids, labels }: Example,
  begin: (source: readonly number[]) => number[],
  { tokenizer, ends }: Pick<Writer, 'tokenizer' | 'ends'>,
): { prompt: number[]; expected: string } {
  const wanted = Array.from(labels).filter((id) => id !== ignored && !ends.has(id));
  return { prompt: begin([...ids]), expected: tokenizer.decode(wanted) };
}

const noPrompts = (files: readonly string[]) =>
  new RankwiseError(
    'no-prompts',
    `${files.join(', ')}: the rows are learnt as a whole, so there is no prompt to go on from.`,
    {
      ...(files[0] !== undefined && { file: files[0] }),
      hint: 'Generated answers need rows with a prompt and a completion.',
    },
  );
