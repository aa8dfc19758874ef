import type { GraphBuilder } from '../builder.ts';

/** x [batch, heads, time, head_dim]; see ops/rotary.ts. */
export interface Rotary {
  batch: number;
  heads: number;
  time: number;
  headDim: number;
  half: number;
  /** One table for each row of the batch. */
  perRow: boolean;
}

/**
 * onnxruntime's RotaryEmbedding looks cos and sin up by position: a place of [time, half], or of [batch·time, half] where each row
 * has a table of its own.
 */
export function rotary(g: GraphBuilder, x: string, cos: string, sin: string, sizes: Rotary): string {
  const { batch, heads, time, headDim, half, perRow } = sizes;
  const partial = 2 * half < headDim;
  // One number is where a row begins; else there is one for each place.
  const positions = perRow
    ? g.constant({
        type: 'int64',
        shape: [batch, time],
        data: BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i)),
      })
    : g.indices([0]);
  const attributes = { num_heads: heads, rotary_embedding_dim: partial ? 2 * half : 0 };
  return g.op('RotaryEmbedding', [x, positions, cos, sin], attributes, { domain: 'com.microsoft' });
}
