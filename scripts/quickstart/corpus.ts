/** The quickstart's data: a corpus to pretrain on, and pirate answers to questions that the corpus has not. All by seed. */
import { createHash } from 'node:crypto';
import { Random } from '../../server/base/random.ts';
import { type Dialogue, dialogue, promptOf, textOf } from './dialogues.ts';
import { pirate } from './pirate.ts';
import { story } from './stories.ts';

type Split = 'pretraining' | 'pirate-train' | 'pirate-validation';

/** By the question's hash, so that a fifth of every kind of question is kept for the pirate data. */
function splitOf(question: string): Split {
  const share = createHash('sha256').update(question).digest().readUInt16BE() / 65536;
  return share < 0.8 ? 'pretraining' : share < 0.96 ? 'pirate-train' : 'pirate-validation';
}

function* dialogues(split: Split, seed: number): Generator<Dialogue> {
  const random = Random.seeded(seed, split);
  while (true) {
    const drawn = dialogue(random);
    if (splitOf(drawn.question) === split) yield drawn;
  }
}

/**
 * Texts for pretraining: seven dialogues to three stories. `validation` holds texts that `train` has not. Texts of similar length
 * stand together, `group` at a time, so that batches of that size hold little padding; the groups are in random order.
 */
export function pretrainingTexts(counts: { train: number; validation: number; group: number }, seed: number) {
  const random = Random.seeded(seed, 'texts');
  const source = dialogues('pretraining', seed);
  const next = () => (random.uniform() < 0.7 ? textOf(source.next().value!) : story(random));
  const train = Array.from({ length: counts.train }, next);
  const seen = new Set(train);
  const validation = new Set<string>();
  while (validation.size < counts.validation) {
    const text = next();
    if (!seen.has(text)) validation.add(text);
  }
  const grouped = (texts: string[]) => {
    const sorted = texts.sort((a, b) => a.length - b.length);
    const starts = Array.from({ length: Math.ceil(sorted.length / counts.group) }, (_, i) => i * counts.group);
    return random.shuffle(starts).flatMap((start) => sorted.slice(start, start + counts.group));
  };
  return { train: grouped(train), validation: grouped([...validation]) };
}

/** Different rows of prompt and pirate completion. */
export function pirateRows(split: Exclude<Split, 'pretraining'>, count: number, seed: number) {
  const rows = new Map<string, { prompt: string; completion: string }>();
  for (const drawn of dialogues(split, seed)) {
    rows.set(textOf(drawn), { prompt: promptOf(drawn.question), completion: ` ${pirate(drawn)}` });
    if (rows.size === count) break;
  }
  return [...rows.values()];
}
