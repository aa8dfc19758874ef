/** Drawing by animation frame: parts that asked for it, each at most once, as many as fit into a frame; the rest in the next one. */
export interface Part {
  name: string;
  render(): void;
  /** Milliseconds between two renders at least: for what data changes all the time. */
  pause?: number;
}

export interface Clock {
  now(): number;
  frame(callback: () => void): void;
  after(callback: () => void, milliseconds: number): void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  frame: (callback) => requestAnimationFrame(callback),
  after: (callback, milliseconds) => setTimeout(callback, milliseconds),
};

/** Of 16.7 ms: what is left is the browser's, for layout and paint. */
const budget = 7;

export class Frames {
  private readonly parts: readonly Part[];
  private readonly clock: Clock;
  private readonly before: () => boolean;
  private readonly dirty = new Set<string>();
  private readonly last = new Map<string, number>();
  private waiting = false;

  /** @param parts in the order of their importance. @param before runs first in each frame; true: it wants another frame. */
  constructor(parts: readonly Part[], before: () => boolean, clock: Clock = browserClock) {
    this.parts = parts;
    this.before = before;
    this.clock = clock;
  }

  /** Without names: everything. */
  ask(...names: string[]): void {
    for (const name of names.length > 0 ? names : this.parts.map((part) => part.name)) this.dirty.add(name);
    this.request();
  }

  /** Wakes `before` alone. */
  request(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.clock.frame(() => this.run());
  }

  /** Everything that asked, now: before a picture is taken. */
  flush(): void {
    for (const part of this.parts) if (this.dirty.delete(part.name)) part.render();
  }

  private run(): void {
    this.waiting = false;
    const began = this.clock.now();
    let again = this.before();
    let soonest = Infinity;
    let drawn = 0;
    for (const part of this.parts) {
      if (!this.dirty.has(part.name)) continue;
      const now = this.clock.now();
      if (drawn > 0 && now - began > budget) {
        again = true;
        break;
      }
      const due = (this.last.get(part.name) ?? -Infinity) + (part.pause ?? 0);
      if (due > now) {
        soonest = Math.min(soonest, due - now);
        continue;
      }
      this.dirty.delete(part.name);
      this.last.set(part.name, now);
      part.render();
      drawn++;
    }
    if (again) this.request();
    else if (soonest < Infinity) this.clock.after(() => this.request(), soonest);
  }
}
