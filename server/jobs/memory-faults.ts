/** A run that ended for want of memory, or because its GPU went away: what takes the memory, what to lower, and how to go on. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { bytes } from '../base/units.ts';
import { capital, eitherOf } from '../base/wording.ts';
import type { MemoryEstimate } from '../budget/types.ts';
import { hostMemoryFault } from '../engine/index.ts';
import type { Recipe } from '../recipe/types.ts';
import { recipeFacts } from './recipe-facts.ts';
import { readRunRecipe } from './run-directory.ts';

type Part = keyof MemoryEstimate['parts'];

/** Parts that make up this much of the whole are worth naming. */
const NOTABLE = 0.15;

/** What to do about each, in clauses. */
const remedies: Partial<Record<Part, (recipe: Recipe) => string[]>> = {
  activations: ({ training, data }) => [
    `lower training.batch_size (now ${training.batch_size}; gradient_accumulation_steps keeps the effective batch as it is)`,
    ...(data ? [`lower data.max_length (now ${data.max_length})`] : []),
    ...(training.gradient_checkpointing ? [] : ['set training.gradient_checkpointing: true']),
  ],
  weights: ({ model }) =>
    model.dtype === 'nf4' ? [] : [`hold the model in less with model.dtype (now ${model.dtype}; nf4 is the smallest)`],
  optimizer: () => ['train fewer parameters (rank, target_modules, modules_to_save)'],
};

/** Undefined for any other error. The run stays as it is, and can be resumed. */
export async function memoryFault(thrown: unknown, run: string): Promise<RankwiseError | undefined> {
  const error = hostMemoryFault(thrown, 'training') ?? thrown;
  if (!(error instanceof RankwiseError)) return undefined;
  const resume = `\`rankwise resume ${path.basename(run)}\``;
  const elsewhere = `${resume.slice(0, -1)} --backend onnxruntime\``;
  switch (error.code) {
    case 'gpu-lost':
      return told(
        error,
        '',
        `${resume} goes on from its last checkpoint; where the GPU goes away again, ${elsewhere} goes on on the processor.`,
      );
    case 'out-of-device-memory':
      return explained(error, run, `or go on on the processor: ${elsewhere}`);
    case 'out-of-memory':
      return explained(error, run, `or close other programs and go on: ${resume}`);
    default:
      return undefined;
  }
}

async function explained(error: RankwiseError, run: string, otherwise: string): Promise<RankwiseError> {
  const { recipe, text } = readRunRecipe(run);
  const memory = (await recipeFacts(text))?.estimate.memory;
  // Without a model to count, the usual suspect.
  const largest = memory ? notable(memory) : (['activations'] as const);
  const ways = largest.flatMap((part) => remedies[part]?.(recipe) ?? []);
  const estimate = memory ? ` ${sentence(memory, largest)}` : '';
  return told(error, estimate, `${capital(eitherOf(ways) || 'take a smaller model')}, in a new run; ${otherwise}.`);
}

/** The largest parts, the largest first; what nobody can lower is left out, gradients go with the optimizer. */
function notable({ expected, parts }: MemoryEstimate): Part[] {
  const sizes = (Object.keys(remedies) as Part[]).map((part) => ({ part, size: sizeOf(parts, part) }));
  const sorted = sizes.toSorted((a, b) => b.size - a.size);
  return sorted.filter(({ size }, i) => i === 0 || size >= NOTABLE * expected).map(({ part }) => part);
}

const sizeOf = (parts: MemoryEstimate['parts'], part: Part): number =>
  part === 'optimizer'
    ? parts.optimizer + parts.gradients
    : part === 'weights'
      ? parts.weights + parts.decoded
      : parts[part];

function sentence({ expected, parts }: MemoryEstimate, largest: readonly Part[]): string {
  const names: Partial<Record<Part, string>> = { optimizer: 'gradients and optimizer' };
  const of = largest.map((part) => `${names[part] ?? part} ${bytes(sizeOf(parts, part))}`);
  return `The recipe needs about ${bytes(expected)}: ${of.join(', ')}.`;
}

const told = (error: RankwiseError, more: string, hint: string): RankwiseError =>
  new RankwiseError(error.code, `${capital(error.message).replace(/\.?$/, '.')}${more}`, {
    kind: 'runtime',
    hint,
    cause: error,
  });
