/** Every method's pure half; `adapters/registry.ts` has the tensor half of each under the same id. One line a method. */
import { adalora } from './adalora.ts';
import { bitfit } from './bitfit.ts';
import { boft } from './boft.ts';
import { dora } from './dora.ts';
import { full } from './full.ts';
import { ia3 } from './ia3.ts';
import { lora } from './lora.ts';
import { loraXs } from './lora-xs.ts';
import { milora } from './milora.ts';
import { oft } from './oft.ts';
import { pissa } from './pissa.ts';
import { svf } from './svf.ts';
import { svft } from './svft.ts';
import { tiedLora } from './tied-lora.ts';
import type { Method } from './types.ts';
import { vera } from './vera.ts';

export const methods = {
  lora,
  dora,
  pissa,
  milora,
  'lora-xs': loraXs,
  adalora,
  oft,
  boft,
  svf,
  svft,
  vera,
  'tied-lora': tiedLora,
  ia3,
  bitfit,
  full,
} as const satisfies Record<string, Method>;

export type MethodId = keyof typeof methods;

export const isMethod = (id: string): id is MethodId => Object.hasOwn(methods, id);

/** The method of an id, or undefined when there is none. */
export const methodOf = (id: string): Method | undefined => byId.get(id);

/** Asked for every matrix at every keystroke. */
const byId: ReadonlyMap<string, Method> = new Map(Object.entries(methods));

/** Whether `rank` is a rank of the method's update: one to compare, to pattern, and to cut a spectrum at. */
export const hasRank = ({ fields, rankIsBlocks }: Pick<Method, 'fields' | 'rankIsBlocks'>): boolean =>
  !rankIsBlocks && fields.some(({ name }) => name === 'rank');
