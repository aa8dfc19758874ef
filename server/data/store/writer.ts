/** Writes examples one after another: into a folder, and as long as they are few into memory as well. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Example } from '../types.ts';
import { toWords } from './record.ts';
import { indexEntry } from './stored.ts';

/** Words that are held back before they are written. */
const bufferWords = 1 << 18;

export const files = { records: 'records.bin', index: 'index.bin', about: 'about.json' } as const;

export interface Written {
  examples: number;
  /** Of the records. */
  words: number;
  /** Of all examples together. */
  tokens: number;
  /** SHA-256 of the index, hexadecimal. */
  index: string;
}

export class TokenWriter {
  private records: WordFile;
  private index: WordFile;
  private readonly digest = createHash('sha256');
  private readonly keep: number;
  private examples = 0;
  private tokens = 0;

  /** `folder` is there and empty; without one all stays in memory. `keep`: words that may stay in memory. Throws the system's errors. */
  constructor(folder: string | undefined, keep: number) {
    this.keep = keep;
    this.records = new WordFile(folder && path.join(folder, files.records));
    try {
      this.index = new WordFile(folder && path.join(folder, files.index));
    } catch (error) {
      this.records.close();
      throw error;
    }
  }

  /** Throws the system's error where the disk refuses; in memory the example is there all the same. */
  add(example: Example): void {
    const entry = Int32Array.from(indexEntry(this.records.length, example.ids.length));
    this.digest.update(new Uint8Array(entry.buffer));
    this.index.add(entry);
    this.records.add(toWords(example));
    this.examples++;
    this.tokens += example.ids.length;
    const fault = this.records.fault ?? this.index.fault;
    if (fault !== undefined) throw fault;
    if (this.held && this.records.length > this.keep) for (const file of [this.records, this.index]) file.forget();
  }

  get tokenCount(): number {
    return this.tokens;
  }

  /** Whether everything is in memory still. */
  get held(): boolean {
    return this.records.held !== undefined;
  }

  /** The disk is not written to any more: what is in memory stays there. */
  giveUpDisk(): void {
    for (const file of [this.records, this.index]) file.close();
  }

  /** Everything is on the disk. Throws the system's errors. */
  finish(): Written {
    for (const file of [this.records, this.index]) file.finish();
    const { examples, tokens } = this;
    return { examples, tokens, words: this.records.length, index: this.digest.digest('hex') };
  }

  /** Where everything is in memory still. */
  memory(): { records: Int32Array; index: Int32Array } {
    return { records: this.records.joined(), index: this.index.joined() };
  }
}

/** Appends words to a file through a buffer; what was written stays in memory until it is to be forgotten. */
class WordFile {
  length = 0;
  held: Int32Array[] | undefined = [];
  /** What the disk said when it refused. */
  fault: unknown;
  private fd: number | undefined;
  private buffer = new Int32Array(bufferWords);
  private filled = 0;

  constructor(file: string | undefined) {
    this.fd = file === undefined ? undefined : openSync(file, 'wx', 0o600);
  }

  add(words: Int32Array): void {
    for (let at = 0; at < words.length; ) {
      if (this.filled === this.buffer.length) this.flush();
      const part = words.subarray(at, at + this.buffer.length - this.filled);
      this.buffer.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
    }
    this.length += words.length;
  }

  forget(): void {
    this.held = undefined;
  }

  finish(): void {
    this.flush();
    if (this.fault !== undefined) throw this.fault;
    if (this.fd !== undefined) fsyncSync(this.fd);
    this.close();
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
    this.fault = undefined;
  }

  joined(): Int32Array {
    const all = new Int32Array(this.length);
    let at = 0;
    for (const part of [...(this.held ?? []), this.buffer.subarray(0, this.filled)]) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  private flush(): void {
    const full = this.buffer.subarray(0, this.filled);
    this.filled = 0;
    if (this.held) {
      this.held.push(full);
      this.buffer = new Int32Array(bufferWords);
    }
    if (this.fd === undefined || this.fault !== undefined) return;
    const bytes = new Uint8Array(full.buffer, 0, full.byteLength);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      this.fault = error;
    }
  }
}
