import * as tf from '@tensorflow/tfjs-core';

export interface MemoryStats {
  /** Resident bytes of this process, now and at the worst moment so far. */
  rss: number;
  peakRss: number;
  tensors: number;
  tensorBytes: number;
}

export function memoryStats(): MemoryStats {
  const { numTensors, numBytes } = tf.memory();
  const rss = process.memoryUsage.rss();
  // Kilobytes; libuv reports the high-water mark on every platform.
  const peak = process.resourceUsage().maxRSS * 1024;
  return { rss, peakRss: Math.max(peak, rss), tensors: numTensors, tensorBytes: numBytes };
}
