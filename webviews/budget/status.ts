/** What the page says where there is no comparison. Pure. */
import type { ToBudgetView } from '../../server/protocol/budget-view.ts';
import type { Notice } from '../shared/notice.ts';

type Findings = Extract<ToBudgetView, { type: 'findings' }>;

/** Findings beyond these are in the Problems view. */
const most = 5;

export function noticesOf({ diagnostics }: Findings): Notice[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return (errors.length > 0 ? errors : diagnostics).slice(0, most).map(({ code, severity, message }) => ({
    kind: severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'information',
    title: severity === 'error' ? 'The methods cannot be compared' : 'There is nothing to compare',
    text: message,
    code,
  }));
}

export function placeholderOf({ diagnostics }: Findings): string {
  return diagnostics.length === 0
    ? 'The model is being read, or no entry of the recipe adapts a matrix.'
    : 'Once the model is known and an entry takes matrices of it, every method is compared on them here.';
}
