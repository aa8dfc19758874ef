/** How each method looks, the same in legend, chart and table whatever the model and the filter. */
import { methods } from '../../server/methods/registry.ts';
import { h } from '../shared/dom.ts';
import { readColours, readTheme, type Theme } from '../shared/theme.ts';

export const hues = 8;
const shapes = ['circle', 'rectRot', 'triangle', 'rect'] as const;
export type Shape = (typeof shapes)[number];

export interface BudgetTheme extends Theme {
  background: string;
  budget: string;
  focus: string;
  lines: string[];
}

export function themeNow(): BudgetTheme {
  const lines = Array.from({ length: hues }, (_, i) => `--method-${i + 1}`);
  const [background, budget, focus, ...rest] = readColours(['--background', '--budget', '--focus', ...lines]);
  return { ...readTheme(), background: background!, budget: budget!, focus: focus!, lines: rest };
}

const order = Object.keys(methods);
const place = (method: string): number => Math.max(0, order.indexOf(method));

export const hueOf = (method: string): number => place(method) % hues;
export const shapeOf = (method: string): Shape => shapes[Math.floor(place(method) / hues) % shapes.length]!;

/** Its point, beside its name. */
export const mark = (method: string): HTMLElement =>
  h('span', { class: `mark hue-${hueOf(method) + 1} ${shapeOf(method)}`, 'aria-hidden': 'true' });
