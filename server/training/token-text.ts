/** Tokens to text as they come: nothing is given out that a later token could still change or that belongs to a stop string. */
import type { Tokenizer } from '../data/tokenizer.ts';

/** Tokens before the new ones that are decoded with them: what a token is as text depends on its neighbours (spaces, parts of a character). */
const context = 6;

export class TokenText {
  /** The text ended with one of the stop strings. */
  stopped = false;
  private readonly tokenizer: Pick<Tokenizer, 'decode'>;
  private readonly stops: readonly string[];
  private readonly ids: number[];
  /** `ids` from here on are decoded; up to `read` their text is out. */
  private from: number;
  private read: number;
  /** Text that may be the beginning of a stop string. */
  private held = '';

  constructor(tokenizer: Pick<Tokenizer, 'decode'>, prompt: readonly number[], stops: readonly string[] = []) {
    this.tokenizer = tokenizer;
    this.stops = stops;
    this.ids = prompt.slice(-context);
    this.from = 0;
    this.read = this.ids.length;
  }

  /** The text that has become certain with this token. */
  add(id: number): string {
    this.ids.push(id);
    return this.certain(this.fresh(false));
  }

  /** What is left when no token comes any more. */
  end(): string {
    const rest = this.certain(this.fresh(true)) + (this.stopped ? '' : this.held);
    this.held = '';
    return rest;
  }

  private fresh(last: boolean): string {
    const before = this.tokenizer.decode(this.ids.slice(this.from, this.read));
    const text = this.tokenizer.decode(this.ids.slice(this.from));
    // A character may be spread over several tokens; until the last one it decodes to a replacement character.
    if (text.length <= before.length || (text.endsWith('\uFFFD') && !last)) return '';
    this.from = this.read;
    this.read = this.ids.length;
    return text.slice(before.length);
  }

  private certain(fresh: string): string {
    const text = this.held + fresh;
    const ends = this.stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (ends.length > 0) {
      this.stopped = true;
      return text.slice(0, Math.min(...ends));
    }
    const held = Math.max(0, ...this.stops.map((stop) => overlap(text, stop)));
    this.held = text.slice(text.length - held);
    return text.slice(0, text.length - held);
  }
}

/** Characters at the end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let size = Math.min(text.length, stop.length - 1); size > 0; size--)
    if (text.endsWith(stop.slice(0, size))) return size;
  return 0;
}
