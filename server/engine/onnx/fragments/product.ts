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

export const product = (g: GraphBuilder, a: string, b: string, options: Product = {}): string =>
  g.op('FusedMatMul', [a, b], productAttributes(options), { domain: 'com.microsoft' });
