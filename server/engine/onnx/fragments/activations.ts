import { type GeluForm, TANH_CUBIC, TANH_SCALE } from '../../ops/gelu.ts';
import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';

const MICROSOFT = { domain: 'com.microsoft' } as const;

export const gelu = (g: GraphBuilder, x: string, form: GeluForm): string =>
  g.op(form === 'erf' ? 'Gelu' : 'FastGelu', [x], {}, MICROSOFT);

/** dy·(gate + slope), as in ops/gelu.ts. */
export function geluGrad(g: GraphBuilder, x: string, dy: string, form: GeluForm): string {
  const { add, sub, mul, erf, exp, sigmoid } = arithmetic(g);
  const square = mul(x, x);
  if (form === 'erf') {
    const gate = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = mul(exp(mul(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, add(gate, mul(x, density)));
  }
  const gate = sigmoid(mul(x, add(mul(square, TANH_SCALE * TANH_CUBIC), TANH_SCALE)));
  const argument = mul(x, add(mul(square, 3 * TANH_SCALE * TANH_CUBIC), TANH_SCALE));
  return mul(dy, add(gate, mul(sub(gate, mul(gate, gate)), argument)));
}

/** silu(gate)·up. */
export const siluGate = (g: GraphBuilder, gate: string, up: string): string =>
  g.op('Mul', [g.op('QuickGelu', [gate], { alpha: { float: 1 } }, MICROSOFT), up]);

export function siluGateGrad(g: GraphBuilder, gate: string, up: string, dy: string): { dGate: string; dUp: string } {
  const { add, sub, mul, sigmoid } = arithmetic(g);
  const s = sigmoid(gate);
  const silu = mul(gate, s);
  const slope = add(s, sub(silu, mul(silu, s)));
  return { dGate: mul(mul(dy, up), slope), dUp: mul(dy, silu) };
}
