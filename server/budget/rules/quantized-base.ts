import { methodOf } from '../../methods/registry.ts';
import { heldAs } from '../held.ts';
import type { Rule } from './rule.ts';

/** A method that takes its start out of the base would have to hold it in float32, which is what a quantized base is there to avoid. */
export const quantizedBase: Rule = {
  codes: ['base-quantized'],
  severity: 'error',
  check({ recipe, counted }) {
    const { dtype } = recipe.model;
    if (dtype !== 'int8' && dtype !== 'nf4') return [];
    const hit = counted?.claims.find(({ entry, module }) => {
      const held = heldAs(dtype, module, [module.m, module.n]);
      return methodOf(entry.method)?.replacesBase && (held === 'int8' || held === 'nf4');
    });
    if (!hit) return [];
    const { title } = methodOf(hit.entry.method)!;
    return [
      {
        code: 'base-quantized',
        message: `${title} changes the base weights, which ${dtype} cannot hold. Use \`bfloat16\`, or \`lora\` on the quantized base.`,
        path: 'model.dtype',
        replace: [{ title: 'Set to bfloat16', text: 'bfloat16' }],
      },
    ];
  },
};
