import { sizeOf } from '../../base/tensor.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPES } from '../onnx/model.ts';
import { DYNAMIC, marksOf, NF4, nearest } from './nf4-codes.ts';
import { inPieces } from './parts.ts';
import type { PartValues, WeightFormat } from './types.ts';

/** Weights that share a scale, and scales that share one. */
const BLOCK = 64;
const OUTER = 256;

const MARKS = marksOf(NF4);
const OUTER_MARKS = marksOf(DYNAMIC);

/**
 * NF4 with double quantization (QLoRA, Dettmers et al. 2023, https://arxiv.org/abs/2305.14314): blocks of 64 weights, row after row, are
 * codes of the 16-entry book times their largest magnitude; these magnitudes, less their mean, are 8-bit codes in blocks of
 * 256. Half a byte a weight and 1/64 for scales. The numbers are those of bitsandbytes.
 *
 * In a graph, onnxruntime's MatMulBnb4 decodes and multiplies by 1, in order: 16.8 M weights took 30 ms on 2 busy cores where int8 took 13
 * and bfloat16 16. A Gather of pairs from a table of bytes took 187 ms, of fours from one of 16-bit words 107 ms, GatherElements 84 ms
 * without unpacking. As a product MatMulBnb4 knows x·Wᵀ alone, and the backward pass needs dy·W.
 */
export const nf4: WeightFormat = {
  encode(reader) {
    const blocks = Math.ceil(sizeOf(reader.shape) / BLOCK);
    const codes = new Uint8Array((blocks * BLOCK) / 2);
    const magnitudes = new Float32Array(blocks);
    inPieces(reader, BLOCK, (piece, start) => {
      for (let from = 0; from < piece.length; from += BLOCK)
        magnitudes[(start + from) / BLOCK] = encodeBlock(piece, from, codes, (start + from) / 2);
    });
    const { levels, scales, offset } = encodeMagnitudes(magnitudes);
    return {
      codes: { type: 'uint8', shape: [codes.length], data: codes },
      levels: { type: 'uint8', shape: [scales.length, OUTER], data: levels },
      scales: { type: 'float32', shape: [scales.length, 1], data: scales },
      offset: { type: 'float32', shape: [], data: Float32Array.of(offset) },
    };
  },

  decode({ parts }, start, into) {
    const codes = parts.codes!.data as Uint8Array;
    const levels = parts.levels!.data as Uint8Array;
    const scales = parts.scales!.data as Float32Array;
    const [offset] = parts.offset!.data as Float32Array;
    for (let i = 0, at = start; i < into.length; ) {
      const block = Math.floor(at / BLOCK);
      const spread = Math.fround(DYNAMIC[levels[block]!]! * scales[Math.floor(block / OUTER)]!);
      const magnitude = Math.fround(spread + offset!);
      for (const end = Math.min(into.length, i + BLOCK - (at % BLOCK)); i < end; i++, at++) {
        const pair = codes[at >> 1]!;
        // A magnitude that came out negative must not make −0 of 0.
        into[i] = NF4[at & 1 ? pair & 15 : pair >> 4]! * magnitude + 0;
      }
    }
  },

  nodes(g, values, { shape, parts }) {
    const size = sizeOf(shape);
    const blocks = Math.ceil(size / BLOCK);
    const whole = blocks * BLOCK;
    const magnitudes = magnitudesIn(g, values, blocks, parts.scales!.shape[0]!);
    const one = g.constant({ type: 'float32', shape: [1, 1], data: Float32Array.of(1) });
    const attributes = { K: 1, N: whole, block_size: BLOCK, quant_type: 1 };
    const flat = g.op('MatMulBnb4', [one, values.codes!, magnitudes], attributes, {
      domain: 'com.microsoft',
      again: true,
    });
    const exact = whole === size ? flat : g.op('Slice', [flat, g.indices([0]), g.indices([size]), g.indices([1])]);
    return g.op('Reshape', [exact, g.indices(shape)]);
  },
};

/** Writes the block at `from` as two codes a byte, the first one in its upper half; returns the largest magnitude. */
function encodeBlock(values: Float32Array, from: number, codes: Uint8Array, at: number): number {
  const end = Math.min(from + BLOCK, values.length);
  let largest = 0;
  for (let i = from; i < end; i++) largest = Math.max(largest, Math.abs(values[i]!));
  const factor = Math.fround(1 / Math.max(largest, 1e-38));
  const code = (i: number) => nearest(MARKS, Math.fround(values[i]! * factor));
  for (let i = from; i < end; i += 2) codes[at++] = (code(i) << 4) | (i + 1 < end ? code(i + 1) : 0);
  return largest;
}

function encodeMagnitudes(magnitudes: Float32Array): { levels: Uint8Array; scales: Float32Array; offset: number } {
  const offset = Math.fround(magnitudes.reduce((sum, x) => sum + x, 0) / magnitudes.length);
  const scales = new Float32Array(Math.ceil(magnitudes.length / OUTER));
  const levels = new Uint8Array(scales.length * OUTER);
  for (let b = 0; b < scales.length; b++) {
    const spread = magnitudes.slice(b * OUTER, (b + 1) * OUTER).map((x) => x - offset);
    const largest = spread.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    const factor = Math.fround(1 / Math.max(largest, 1e-38));
    scales[b] = largest;
    for (let i = 0; i < spread.length; i++)
      levels[b * OUTER + i] = nearest(OUTER_MARKS, Math.fround(spread[i]! * factor));
  }
  return { levels, scales, offset };
}

/** The magnitudes of the blocks, [blocks]. */
function magnitudesIn(g: GraphBuilder, { levels, scales, offset }: PartValues, blocks: number, outer: number): string {
  const book = g.constant({ type: 'float32', shape: [DYNAMIC.length], data: DYNAMIC });
  const places = g.op('Cast', [levels!], { to: DATA_TYPES.int32 }, { again: true });
  const spread = g.op('Mul', [g.op('Gather', [book, places], { axis: 0 }), scales!]);
  const flat = g.op('Reshape', [g.op('Add', [spread, offset!]), g.indices([-1])]);
  return blocks === outer * OUTER ? flat : g.op('Slice', [flat, g.indices([0]), g.indices([blocks]), g.indices([0])]);
}
