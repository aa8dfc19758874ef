import * as tf from '@tensorflow/tfjs-core';
import { repeatedlyMapped } from './weights/watch.ts';

export interface MemoryStats {
  /** Resident bytes of this process, mapped weights once however many sessions have mapped them. */
  rss: number;
  /** At the worst moment so far as the system counts: mapped weights once for each session. */
  peakRss: number;
  tensors: number;
  tensorBytes: number;
}

export function memoryStats(): MemoryStats {
  const { numTensors, numBytes } = tf.memory();
  const resident = process.memoryUsage.rss();
  // Kilobytes; libuv reports the high-water mark on every platform.
  const peak = process.resourceUsage().maxRSS * 1024;
  return {
    rss: resident - repeatedlyMapped(),
    peakRss: Math.max(peak, resident),
    tensors: numTensors,
    tensorBytes: numBytes,
  };
}
