/** How each method looks: the same in every chart, legend and table. Pure. */
import { methodOf, methods } from '../methods/registry.ts';
import { hues } from './scene.ts';

const forms = ['circle', 'rectRot', 'triangle', 'rect'] as const;
export type Form = (typeof forms)[number];

const order = Object.keys(methods);

/** Of several methods together the first decides the colour, and a square says that there are more. */
const place = (method: string): number => Math.max(0, order.indexOf(method.split('+')[0]!));

/** From 0. */
export const hueOf = (method: string): number => place(method) % hues;

export const formOf = (method: string): Form =>
  method.includes('+') ? 'rect' : forms[Math.floor(place(method) / hues) % forms.length]!;

/** "LoRA + SVFT" */
export const titleOf = (method: string): string =>
  method
    .split('+')
    .map((id) => methodOf(id)?.title ?? id)
    .join(' + ');
