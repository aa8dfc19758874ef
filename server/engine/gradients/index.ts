/**
 * Derivatives of tfjs's kernels. The node build of tfjs-core comes without any; these keep as little as they can for the backward
 * pass, and cover what transformers, adapters and losses are made of.
 */
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import { registerGradients as register } from './registry.ts';

/** Once more where another copy of tfjs may have registered its own. */
export const registerGradients = (): void => register({ ...elementwise, ...layout, ...products, ...reductions });

registerGradients();

export { checkpoint } from './checkpoint.ts';
export { valueAndGradients } from './tape.ts';
