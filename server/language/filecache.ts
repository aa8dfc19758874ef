/** Values loaded from files (model facts, data heads), so that keystrokes never wait for the disk. */
import { stat } from 'node:fs/promises';

interface Entry<V> {
  value: V | undefined;
  files: string[];
  /** Size and time of every file that the value came from. */
  signature: string;
  checkedAt: number;
  checking: Promise<void> | undefined;
}

export interface Loaded<V> {
  value: V;
  /** Files and folders whose change makes the value stale; those that are absent count too. */
  files: string[];
}

const nothing = { value: undefined, files: [], signature: '', checkedAt: 0, checking: undefined };
/** Half-typed paths make entries as well; the oldest go. */
const capacity = 32;

export class FileCache<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private readonly load: (key: string) => Promise<Loaded<V>>;
  private readonly changed: (key: string) => void;
  private readonly recheckAfter: number;

  /**
   * `load` must not throw: a fault is a value. `changed` is told when a value arrived or is another one than before.
   * A value in use is compared with its files again after `recheckAfter` ms, for files that no editor watches.
   */
  constructor(load: (key: string) => Promise<Loaded<V>>, changed: (key: string) => void, recheckAfter = 2000) {
    this.load = load;
    this.changed = changed;
    this.recheckAfter = recheckAfter;
  }

  /** What is known now; starts loading or checking in the background where that is due. */
  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) void this.check(key);
    else if (performance.now() - entry.checkedAt > this.recheckAfter) void this.check(key);
    return entry?.value;
  }

  /** The value after any check under way; loads it at the first use. */
  async settled(key: string): Promise<V | undefined> {
    if (!this.entries.has(key)) await this.check(key);
    await this.entries.get(key)?.checking;
    return this.entries.get(key)?.value;
  }

  /** Compares every value with its files, e.g. when the editor reports changed files. */
  recheck(): void {
    for (const key of [...this.entries.keys()]) void this.check(key);
  }

  private check(key: string): Promise<void> {
    const entry = this.entries.get(key) ?? { ...nothing };
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= capacity) break;
      this.entries.delete(oldest);
    }
    entry.checking ??= this.refresh(key, entry).finally(() => {
      entry.checking = undefined;
      entry.checkedAt = performance.now();
    });
    return entry.checking;
  }

  private async refresh(key: string, entry: Entry<V>): Promise<void> {
    if (entry.signature !== '' && (await signatureOf(entry.files)) === entry.signature) return;
    const started = Date.now();
    const { value, files } = await this.load(key);
    entry.files = files;
    entry.signature = await signatureOf(files, started);
    entry.value = value;
    this.changed(key);
  }
}

/** Empty, which equals no signature, when a file was written at `started` or later: its old content may have been read. */
async function signatureOf(files: string[], started = Number.POSITIVE_INFINITY): Promise<string> {
  let written = false;
  const parts = files.map(async (file) => {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      written ||= mtimeMs >= started;
      return `${mtimeMs}:${size}:${ino}`;
    } catch {
      return 'absent';
    }
  });
  const signature = (await Promise.all(parts)).join(' ');
  return written ? '' : signature;
}
