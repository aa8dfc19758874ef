/** What came for a job while it runs, in order; it ends when the job is cancelled. */
export class Asks implements AsyncIterable<unknown> {
  private readonly waiting: unknown[] = [];
  private readonly signal: AbortSignal;
  private wake = () => {};

  constructor(signal: AbortSignal) {
    this.signal = signal;
    signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  add(ask: unknown): void {
    this.waiting.push(ask);
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    while (!this.signal.aborted)
      if (this.waiting.length > 0) yield this.waiting.shift();
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
  }
}
