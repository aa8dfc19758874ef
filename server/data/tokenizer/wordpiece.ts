/** WordPiece (BERT): a word is cut into the longest tokens from the left, and is unknown where that fails. WordLevel: whole words. */
import type { Part, WordModel } from './definition.ts';
import { Vocabulary, wordModel } from './vocabulary.ts';

export function wordPiece(part: Part): WordModel {
  const vocabulary = new Vocabulary(Object.entries(part.vocab as Record<string, number>));
  const unknown = unknownId(vocabulary, part);
  const prefix = String(part.continuing_subword_prefix ?? '##');
  const longest = Number(part.max_input_chars_per_word ?? 100);
  return wordModel(vocabulary, (text) => {
    const starts = characterStarts(text);
    const word = { ids: [] as number[], ends: [] as number[] };
    const lost = { ids: [unknown], ends: [text.length] };
    if (starts.length - 1 > longest) return lost;
    for (let from = 0; from < starts.length - 1; ) {
      let to = starts.length - 1;
      let id: number | undefined;
      for (; to > from && id === undefined; to--)
        id = vocabulary.id((from > 0 ? prefix : '') + text.slice(starts[from], starts[to]));
      if (id === undefined) return lost;
      from = to + 1;
      word.ids.push(id);
      word.ends.push(starts[from]!);
    }
    return word;
  });
}

export function wordLevel(part: Part): WordModel {
  const vocabulary = new Vocabulary(Object.entries(part.vocab as Record<string, number>));
  return wordModel(vocabulary, (text) => ({
    ids: [vocabulary.id(text) ?? unknownId(vocabulary, part)],
    ends: [text.length],
  }));
}

function unknownId(vocabulary: Vocabulary, { unk_token }: Part): number {
  const id = vocabulary.id(String(unk_token));
  if (id === undefined) throw new Error(`the unknown token "${unk_token}" is not in the vocabulary`);
  return id;
}

/** Where each character begins, and the end. */
function characterStarts(text: string): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) starts.push(at);
  return [...starts, text.length];
}
