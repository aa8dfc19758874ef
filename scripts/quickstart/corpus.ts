/** The quickstart's data: a corpus to pretrain on, and questions with pirate answers. All by seed. */
import { createHash } from 'node:crypto';
import { Random } from '../../server/base/random.ts';
import { type Dialogue, dialogue, promptOf, textOf } from './dialogues.ts';
import { pirate } from './pirate.ts';
import { story } from './stories.ts';

/** A tenth of every kind of question, by hash, is kept for validation of the pirate data: neither training has it. */
const isHeldOut = (question: string): boolean =>
  createHash('sha256').update(question).digest().readUInt16BE() < 65536 / 10;

function* dialogues(heldOut: boolean, label: string, seed: number): Generator<Dialogue, never> {
  const random = Random.seeded(seed, label);
  while (true) {
    const drawn = dialogue(random);
    if (isHeldOut(drawn.question) === heldOut) yield drawn;
  }
}

/**
 * Texts for pretraining: seven dialogues to three stories. `validation` holds texts that `train` has not. Texts of similar length
 * stand together, `group` at a time, so that batches of that size hold little padding; the groups are in random order.
 */
export function pretrainingTexts(counts: { train: number; validation: number; group: number }, seed: number) {
  const random = Random.seeded(seed, 'texts');
  const source = dialogues(false, 'pretraining', seed);
  const question = (): Dialogue => source.next().value;
  const next = () => (random.uniform() < 0.7 ? textOf(question()) : story(random, question));
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

/** What questions of a kind are about; kinds that are about nothing in particular are left out. */
const topics: Record<string, string> = {
  ...Object.fromEntries(['can', 'eats', 'about'].map((kind) => [kind, 'animals'])),
  ...Object.fromEntries(['where', 'color', 'count'].map((kind) => [kind, 'things'])),
  ...Object.fromEntries(['who', 'went', 'hello', 'feeling', 'why'].map((kind) => [kind, 'people'])),
  ...Object.fromEntries(['day', 'plan'].map((kind) => [kind, 'plans'])),
  ...Object.fromEntries(['opposite', 'spell'].map((kind) => [kind, 'words'])),
};

/** Different questions with their topics. */
export function topicRows(split: 'train' | 'validation', count: number, seed: number) {
  const rows = new Map<string, { text: string; label: string }>();
  for (const { kind, question } of dialogues(split === 'validation', `topics-${split}`, seed)) {
    const label = topics[kind];
    if (label !== undefined) rows.set(question, { text: question, label });
    if (rows.size === count) break;
  }
  return [...rows.values()];
}

/** Different rows of prompt and pirate completion. */
export function pirateRows(split: 'train' | 'validation', count: number, seed: number) {
  const rows = new Map<string, { prompt: string; completion: string }>();
  for (const drawn of dialogues(split === 'validation', `pirate-${split}`, seed)) {
    rows.set(textOf(drawn), { prompt: promptOf(drawn.question), completion: ` ${pirate(drawn)}` });
    if (rows.size === count) break;
  }
  return [...rows.values()];
}
