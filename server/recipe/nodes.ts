import type { Node } from 'yaml';
import type { Span } from './findings.ts';

/** Sets a key that may be `__proto__`. */
export const define = (object: Record<string, unknown>, key: string, value: unknown): void => {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
};

export function spanOf(node: Node | null | undefined): Span | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined;
}
