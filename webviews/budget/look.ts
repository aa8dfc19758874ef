/** How each method looks, the same in legend, chart and table whatever the model and the filter. */
import { methods } from '../../server/methods/registry.ts';
import { h } from '../shared/dom.ts';
import { hues, readColours, readTheme, type Theme } from '../shared/theme.ts';

const shapes = ['circle', 'rectRot', 'triangle', 'rect'] as const;
export type Shape = (typeof shapes)[number];

export interface BudgetTheme extends Theme {
  budget: string;
  focus: string;
}

export function themeNow(): BudgetTheme {
  const [budget, focus] = readColours(['--budget', '--focus']);
  return { ...readTheme(), budget: budget!, focus: focus! };
}

const order = Object.keys(methods);
const place = (method: string): number => Math.max(0, order.indexOf(method));

export const hueOf = (method: string): number => place(method) % hues;
export const shapeOf = (method: string): Shape => shapes[Math.floor(place(method) / hues) % shapes.length]!;

/** Its point, beside its name. */
export const mark = (method: string): HTMLElement =>
  h('span', { class: `mark hue-${hueOf(method) + 1} ${shapeOf(method)}`, 'aria-hidden': 'true' });
