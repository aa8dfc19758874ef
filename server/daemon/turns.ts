/** What is done to one thing at a time: each begins when all that was asked for before it has ended, however that ended. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Ends as `work` does. `thing`: others have turns of their own. */
  async take<T>(work: () => Promise<T>, thing = ''): Promise<T> {
    const turn = (this.last.get(thing) ?? Promise.resolve()).then(work);
    const end = turn.catch(() => {}); // whoever asked for it hears of it
    this.last.set(thing, end);
    try {
      return await turn;
    } finally {
      if (this.last.get(thing) === end) this.last.delete(thing);
    }
  }

  /** Resolves when what was asked for by now has ended. */
  async ended(thing: string): Promise<void> {
    await this.last.get(thing);
  }

  /** The same of all things. */
  async allEnded(): Promise<void> {
    await Promise.all(this.last.values());
  }
}
