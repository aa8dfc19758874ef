/** What the post-processor puts around a sequence, and around and between two. */
import { madeOf, type Part } from './definition.ts';

export interface Framed {
  ids: number[];
  /** By token: 0 or 1, as the model tells the sequences of a pair apart. */
  typeIds: number[];
}

/** A special token's ids, or a place for the first or second sequence; `type` is undefined where the sequence keeps its own. */
interface Slot {
  ids?: number[];
  second?: boolean;
  type: number | undefined;
}

export interface Frames {
  single: Slot[];
  pair: Slot[];
}

const first: Slot = { second: false, type: undefined };
const second: Slot = { second: true, type: undefined };
const bare: Frames = { single: [first], pair: [first, second] };

const kinds: Record<string, (part: Part) => Frames> = {
  BertProcessing: (part) => {
    const [cls, sep] = [token(part.cls), token(part.sep)];
    return { single: [cls, first, sep], pair: [cls, first, sep, second, { ...sep, type: 1 }] };
  },
  ByteLevel: () => bare,
  RobertaProcessing: (part) => {
    const [cls, sep, a, b] = [token(part.cls), token(part.sep), { ...first, type: 0 }, { ...second, type: 0 }];
    return { single: [cls, a, sep], pair: [cls, a, sep, sep, b, sep] };
  },
  Sequence: ({ processors }) => (processors as Part[]).map(frames).find((each) => each !== bare) ?? bare,
  TemplateProcessing: template,
};

/** Throws an Error for a kind that is not known. */
export const frames = (part: Part | null | undefined): Frames => (part ? madeOf(kinds, 'post-processor', part) : bare);

const token = (pair: unknown): Slot => ({ ids: [(pair as [string, number])[1]], type: 0 });

type TemplatePiece = { SpecialToken?: { id: string; type_id: number }; Sequence?: { id: string; type_id: number } };

function template(part: Part): Frames {
  const known = part.special_tokens as Record<string, { ids: number[] }>;
  const slots = (pieces: unknown): Slot[] =>
    (pieces as TemplatePiece[]).map(({ SpecialToken: special, Sequence: sequence }) =>
      special
        ? { ids: known[special.id]!.ids, type: special.type_id }
        : { second: sequence!.id === 'B', type: sequence!.type_id },
    );
  return { single: slots(part.single), pair: slots(part.pair) };
}

export function frame({ single, pair }: Frames, a: readonly number[], b?: readonly number[]): Framed {
  const ids: number[] = [];
  const typeIds: number[] = [];
  for (const { ids: special, second: isSecond, type } of b ? pair : single) {
    const part = special ?? (isSecond ? b! : a);
    for (const id of part) {
      ids.push(id);
      typeIds.push(type ?? (isSecond ? 1 : 0));
    }
  }
  return { ids, typeIds };
}
