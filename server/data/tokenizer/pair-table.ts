/** A hash table from pairs of numbers (0 to 2³¹ − 1) to numbers: what merges and tries of a hundred thousand entries need to be quick. */
export class PairTable {
  private first: Int32Array;
  private second: Int32Array;
  private values: Int32Array;
  private mask: number;
  private count = 0;

  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(expected * 2 + 16));
    this.mask = size - 1;
    this.first = new Int32Array(size).fill(-1);
    this.second = new Int32Array(size);
    this.values = new Int32Array(size);
  }

  /** −1 when there is none. */
  get(first: number, second: number): number {
    const slot = this.slot(first, second);
    return this.first[slot] === -1 ? -1 : this.values[slot]!;
  }

  set(first: number, second: number, value: number): void {
    if (this.count * 2 >= this.mask) this.grow();
    const slot = this.slot(first, second);
    if (this.first[slot] === -1) this.count++;
    this.first[slot] = first;
    this.second[slot] = second;
    this.values[slot] = value;
  }

  private slot(first: number, second: number): number {
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.mask;
    while (this.first[slot] !== -1 && (this.first[slot] !== first || this.second[slot] !== second))
      slot = (slot + 1) & this.mask;
    return slot;
  }

  private grow(): void {
    const larger = new PairTable(this.mask + 1);
    for (let i = 0; i <= this.mask; i++)
      if (this.first[i] !== -1) larger.set(this.first[i]!, this.second[i]!, this.values[i]!);
    Object.assign(this, { first: larger.first, second: larger.second, values: larger.values, mask: larger.mask });
  }
}
