import { bytes } from '../../base/units.ts';
import { outOfMemory } from '../host-memory.ts';

/** Below this many elements an allocation is cheaper than the book-keeping. */
const SMALLEST = 1024;
/** Room above the worst moment, as a part of it: lengths rarely fit together exactly. */
const SLACK = 0.25;

function allocate(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (error) {
    throw outOfMemory(`this machine has no memory left for a tensor of ${bytes(length * 4)}`, error);
  }
}

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
    const buffer = this.reuse(length) ?? this.allocate(length);
    this.live += length;
    this.worst = Math.max(this.worst, this.live);
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

  private reuse(length: number): Float32Array | undefined {
    const buffers = this.kept.get(length);
    const buffer = buffers?.pop();
    if (buffer === undefined) return undefined;
    this.keptElements -= length;
    if (buffers!.length === 0) this.kept.delete(length);
    return buffer;
  }

  private allocate(length: number): Float32Array {
    const live = this.live + length;
    this.shrink(Math.max(live, this.worst) * (1 + SLACK) - live);
    const buffer = allocate(length);
    this.owned.add(buffer);
    return buffer;
  }

  /** Lets kept buffers go until at most `limit` elements are kept. */
  private shrink(limit: number): void {
    for (const [length, buffers] of this.kept) {
      while (buffers.length > 0 && this.keptElements > limit) {
        buffers.pop();
        this.keptElements -= length;
      }
      if (buffers.length > 0) return;
      this.kept.delete(length);
    }
  }
}
