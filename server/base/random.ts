/**
 * Seeded random numbers that can be saved and restored: every draw of a run comes from here, so that the same recipe gives
 * the same bits and a resumed run goes on where it stopped. xoshiro128** seeded by splitmix32; public-domain algorithms by
 * Blackman & Vigna (https://prng.di.unimi.it).
 */
export class Random {
  private s: [number, number, number, number];
  private constructor(state: readonly number[]) {
    this.s = [state[0]! | 0, state[1]! | 0, state[2]! | 0, state[3]! | 0];
  }

  /** An independent stream per (seed, label): adding a consumer never shifts the draws of another one. */
  static seeded(seed: number, label = ''): Random {
    let h = (seed ^ 0x9e3779b9) | 0;
    for (let i = 0; i < label.length; i++) h = Math.imul(h ^ label.charCodeAt(i), 0x01000193);
    const next = () => {
      h = (h + 0x9e3779b9) | 0;
      let z = h;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return z ^ (z >>> 16);
    };
    return new Random([next(), next(), next(), next() | 1]);
  }

  static restore(state: readonly number[]): Random {
    return new Random(state);
  }

  save(): number[] {
    return [...this.s];
  }

  /** A 32-bit unsigned integer. */
  uint32(): number {
    const s = this.s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9);
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** Standard normal (Box–Muller; one draw discarded so that the state stays four words). */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Fisher–Yates, in place. */
  shuffle<Items extends unknown[] | Uint32Array>(items: Items): Items {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }
}
