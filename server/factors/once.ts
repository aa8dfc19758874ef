/** Equal work that is asked for at the same time is done once. */
import { RankwiseError } from '../base/errors.ts';

export class Once {
  private readonly running = new Map<string, Promise<unknown>>();

  /** `shared`: another call with this key was under way, and this is its result. Errors: those of `work`; `aborted` by this call's signal. */
  async do<T>(
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<{ result: T; shared: boolean }> {
    for (let other = this.running.get(key); other; other = this.running.get(key)) {
      try {
        return { result: (await unlessAborted(other, signal)) as T, shared: true };
      } catch (error) {
        // That the other call was given up does not end this one.
        if (signal?.aborted || !isAborted(error)) throw error;
      }
    }
    const mine = work();
    this.running.set(key, mine);
    try {
      return { result: await mine, shared: false };
    } finally {
      this.running.delete(key);
    }
  }
}

const isAborted = (error: unknown): boolean => error instanceof RankwiseError && error.code === 'aborted';

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const settled = new AbortController();
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        const end = () => reject(new RankwiseError('aborted', 'The call was stopped.', { kind: 'runtime' }));
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true, signal: settled.signal });
      }),
    ]);
  } finally {
    settled.abort();
  }
}
