/**
 * Where in the recipe's structure the cursor stands, for completion. The word under the cursor is replaced by a probe and the
 * text parsed again, so block and flow style, JSON, and lines that are only half typed are all read by the one YAML parser.
 */
import { isMap, isPair, isScalar, type Node, type ParsedNode, parseDocument, visit } from 'yaml';

export interface Cursor {
  /** Path of what holds the cursor: the map for a key, the field for a value, the list and index for an item. */
  path: (string | number)[];
  role: 'key' | 'value' | 'item';
  /** Offsets of the word that a completion replaces, without quotes. */
  start: number;
  end: number;
  /** The word stands in quotes. */
  quoted: boolean;
  /** A colon follows already, so a key needs none. */
  hasColon: boolean;
  /** Keys that the map has already, or the other scalar items of the list. */
  taken: string[];
}

const probe = 'rankwiseprobe';
const wordEnd = /[\s,[\]{}"':#]/;

/** Undefined in comments, in texts of several words, and where the parser cannot make out a structure. */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  let start = offset;
  while (start > 0 && !wordEnd.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && !wordEnd.test(text[end]!)) end++;

  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = (text.indexOf('\n', end) + text.length + 1) % (text.length + 1);
  const before = text.slice(lineStart, start);
  const after = text.slice(end, lineEnd);
  if (/(^|\s)#/.test(before)) return undefined;

  const hasColon = /^["']?\s*:(\s|$)/.test(after);
  // A bare word would join the next line as one scalar; as the key of a pair it stands for itself.
  const alone = /^[\s-]*$/.test(before) && /^\s*(#|$)/.test(after);
  const probed = `${text.slice(0, start)}${probe}${alone ? ':' : ''}${text.slice(end)}`;
  const document = parseDocument(probed, { strict: false, uniqueKeys: false, prettyErrors: false });

  let found: Cursor | undefined;
  visit(document, {
    Scalar(key, node, ancestors) {
      const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
      if (typeof node.value !== 'string' || !node.value.startsWith(probe)) return undefined;
      if (node.value !== probe && !quoted) return undefined;
      found = { ...place(key, ancestors as readonly Node[]), start, end, quoted, hasColon };
      return visit.BREAK;
    },
  });
  return found;
}

function place(
  key: number | 'key' | 'value' | null,
  ancestors: readonly Node[],
): Pick<Cursor, 'path' | 'role' | 'taken'> {
  const path: (string | number)[] = [];
  ancestors.forEach((node, i) => {
    const next = ancestors[i + 1];
    if (isPair(node) && (i < ancestors.length - 1 || key === 'value')) path.push(keyText(node.key));
    else if ('items' in node && next && !isMap(node)) path.push((node.items as unknown[]).indexOf(next));
  });
  const holder = ancestors.findLast((node): node is ParsedNode & { items: unknown[] } => 'items' in node);
  const items = (holder?.items ?? []).map((item) => keyText(isPair(item) ? item.key : item));
  const taken = items.filter((name) => name !== '' && !name.startsWith(probe));
  if (typeof key === 'number') return { path: [...path, key], role: 'item', taken };
  return { path, role: key === 'key' ? 'key' : 'value', taken };
}

const keyText = (node: unknown): string => (isScalar(node) ? String(node.value) : '');
