/** Why an edit that was asked for is not made. */
import type { ErrorData } from '../base/errors.ts';
import { notOpen } from './resolve.ts';

export const inputError = (code: string, message: string, hint?: string): ErrorData => ({
  ...{ code, message, kind: 'input' },
  ...(hint !== undefined && { hint }),
});

export const refuse = (code: string, message: string): { error: ErrorData } => ({ error: inputError(code, message) });

export const refuseUnopened = (): { error: ErrorData } => refuse(notOpen.code, notOpen.message);
