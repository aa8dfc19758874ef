/** How each method looks, the same in legend, chart and table whatever the model and the filter. */
import { hueOf, formOf as shapeOf } from '../../server/report/look.ts';
import { h } from '../shared/dom.ts';
import { readColours, readTheme, type Theme } from '../shared/theme.ts';

export interface BudgetTheme extends Theme {
  budget: string;
  focus: string;
}

export function themeNow(): BudgetTheme {
  const [budget, focus] = readColours(['--budget', '--focus']);
  return { ...readTheme(), budget: budget!, focus: focus! };
}

export { hueOf, shapeOf };

/** Its point, beside its name. */
export const mark = (method: string): HTMLElement =>
  h('span', { class: `mark hue-${hueOf(method) + 1} ${shapeOf(method)}`, 'aria-hidden': 'true' });
