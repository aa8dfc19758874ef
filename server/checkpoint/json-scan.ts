/** The scalars of a JSON text that comes in parts, with where they stand: of a large file only what is asked about is kept. */

export type JsonPath = readonly (string | number)[];

/** What is heard of a text. */
export interface JsonListener {
  /** A text, number or literal; numbers and literals as they are written. `path` is the scanner's own and changes. */
  value(path: JsonPath, text: string, isText: boolean): void;
  /** An object or list ends. */
  end?(path: JsonPath): void;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openObject, closeObject, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d];

export class JsonScan {
  private readonly path: (string | number)[] = [];
  private readonly listener: JsonListener;
  /** What a part of the text left unfinished: the beginning of a text, or of a number or literal. */
  private begun = '';
  private inText = false;
  private escaped = false;
  /** A text that has ended: a key where a colon follows. */
  private text: string | undefined;

  constructor(listener: JsonListener) {
    this.listener = listener;
  }

  /** Whether everything that was opened is closed. */
  get isClosed(): boolean {
    return this.path.length === 0 && !this.inText;
  }

  /** The next part. Lenient: what it cannot make out it passes over. */
  add(part: string): void {
    let from = 0;
    for (let at = 0; at < part.length; at++) {
      const code = part.charCodeAt(at);
      if (this.inText) {
        if (this.escaped) this.escaped = false;
        else if (code === backslash) this.escaped = true;
        else if (code === quote) {
          this.text = this.begun + part.slice(from, at);
          this.begun = '';
          this.inText = false;
          from = at + 1;
        }
        continue;
      }
      const isMark =
        code === quote ||
        code === comma ||
        code === colon ||
        code === openObject ||
        code === closeObject ||
        code === openList ||
        code === closeList;
      if (!isMark && code > 0x20) continue;
      if (at > from) this.begun += part.slice(from, at);
      from = at + 1;
      if (isMark) this.mark(code);
    }
    this.begun += part.slice(from);
  }

  private mark(code: number): void {
    const { path } = this;
    if (code === colon) {
      path[path.length - 1] = this.taken();
      return;
    }
    if (code === quote) {
      this.inText = true;
      return;
    }
    if (code === openObject || code === openList) {
      path.push(code === openList ? 0 : '');
      return;
    }
    this.tell();
    const last = path.length - 1;
    if (code === comma) {
      const place = path[last];
      if (typeof place === 'number') path[last] = place + 1;
      return;
    }
    path.pop();
    this.listener.end?.(path);
  }

  private tell(): void {
    if (this.text !== undefined) this.listener.value(this.path, this.taken(), true);
    else if (this.begun !== '') {
      this.listener.value(this.path, this.begun, false);
      this.begun = '';
    }
  }

  /** The text, its escapes undone. */
  private taken(): string {
    const text = this.text ?? '';
    this.text = undefined;
    if (!text.includes('\\')) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      return text;
    }
  }
}
