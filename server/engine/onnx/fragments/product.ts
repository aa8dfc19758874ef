import type { GraphBuilder } from '../builder.ts';
import type { Attribute } from '../model.ts';

/** scale·a·b with either operand transposed, batch dimensions broadcast. */
export interface Product {
  transposeA?: boolean;
  transposeB?: boolean;
  scale?: number;
}

/** Attributes of onnxruntime's FusedMatMul. */
export const productAttributes = ({
  transposeA = false,
  transposeB = false,
  scale = 1,
}: Product): Record<string, Attribute> => ({
  transA: +transposeA,
  transB: +transposeB,
  alpha: { float: scale },
});

/** `again`: computed although the graph has it, so that it need not be kept until here. */
export const product = (g: GraphBuilder, a: string, b: string, options: Product & { again?: boolean } = {}): string =>
  g.op('FusedMatMul', [a, b], productAttributes(options), { domain: 'com.microsoft', again: options.again ?? false });
