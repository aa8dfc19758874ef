/** Below this many elements an allocation is cheaper than the book-keeping. */
const SMALLEST = 1024;
/** Room above the worst moment, as a part of it: lengths rarely fit together exactly. */
const SLACK = 0.25;

/**
 * Float32 buffers of freed tensors, kept for the next tensor of the same length: fresh pages cost more than most kernels.
 * Live and kept buffers together stay near what was live at the worst moment, so that the pool hardly raises the peak.
 */
export class BufferPool {
  /** By length, the least recently used length first. */
  private readonly kept = new Map<number, Float32Array[]>();
  private readonly owned = new WeakSet<Float32Array>();
  private live = 0;
  private keptElements = 0;
  private worst = 0;

  /** A buffer with unspecified content. */
  take(length: number): Float32Array {
    if (length < SMALLEST) return new Float32Array(length);
    this.live += length;
    this.worst = Math.max(this.worst, this.live);
    const buffers = this.kept.get(length);
    const reused = buffers?.pop();
    if (reused !== undefined) {
      this.keptElements -= length;
      if (buffers!.length === 0) this.kept.delete(length);
      return reused;
    }
    this.shrink(Math.ceil(this.worst * (1 + SLACK)));
    const buffer = new Float32Array(length);
    this.owned.add(buffer);
    return buffer;
  }

  /** Takes a buffer back; one that did not come from `take` is left to the garbage collector. */
  give(buffer: unknown): void {
    if (!this.owns(buffer)) return;
    const { length } = buffer;
    this.live -= length;
    this.keptElements += length;
    const buffers = this.kept.get(length) ?? [];
    buffers.push(buffer);
    this.kept.delete(length);
    this.kept.set(length, buffers);
  }

  /** Whether the buffer will be used again, and so must not be handed out without a copy. */
  owns(buffer: unknown): buffer is Float32Array {
    return buffer instanceof Float32Array && this.owned.has(buffer);
  }

  /** Bytes in live and in kept buffers. */
  bytes(): { live: number; kept: number } {
    return { live: this.live * 4, kept: this.keptElements * 4 };
  }

  clear(): void {
    this.kept.clear();
    this.keptElements = 0;
  }

  private shrink(limit: number): void {
    for (const [length, buffers] of this.kept) {
      while (buffers.length > 0 && this.live + this.keptElements > limit) {
        buffers.pop();
        this.keptElements -= length;
      }
      if (buffers.length > 0) return;
      this.kept.delete(length);
    }
  }
}
