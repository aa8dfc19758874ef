/** Every method's tensor half, under the id of its pure half in `methods/registry.ts`; a missing one does not compile. */
import type { MethodId } from '../methods/registry.ts';
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
import type { TensorHalf } from './types.ts';
import { vera } from './vera.ts';

export const tensorHalves = {
  lora: { kind: 'matrices', ...lora },
  dora: { kind: 'matrices', ...dora },
  pissa: { kind: 'matrices', ...pissa },
  milora: { kind: 'matrices', ...milora },
  'lora-xs': { kind: 'matrices', ...loraXs },
  adalora: { kind: 'matrices', ...adalora },
  oft: { kind: 'matrices', ...oft },
  boft: { kind: 'matrices', ...boft },
  svf: { kind: 'matrices', ...svf },
  svft: { kind: 'matrices', ...svft },
  vera: { kind: 'matrices', ...vera },
  'tied-lora': { kind: 'matrices', ...tiedLora },
  ia3: { kind: 'matrices', ...ia3 },
  bitfit: { kind: 'parameters', ...bitfit },
  full: { kind: 'parameters', ...full },
} as const satisfies Record<MethodId, TensorHalf>;

/** The tensor half of a method id that the recipe's validation has let through. */
export const tensorHalf = (method: string): TensorHalf => tensorHalves[method as MethodId];
