/** Formatting through the YAML document tree: comments, blank lines, number spellings and flow or block style stay. */
import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import { isSeq, parseDocument, type Scalar, type Tags, visit, YAMLMap, YAMLSeq } from 'yaml';
import { isReadable, type RecipeState } from './state.ts';

/** Flow collections longer than this are broken into lines. */
const lineWidth = 120;

/** Numbers as they are spelt (1.0e-3), which the library would normalise. */
const asWritten = (tags: Tags): Tags =>
  tags.map((tag) =>
    typeof tag === 'object' && 'test' in tag && tag.test
      ? { ...tag, stringify: (item: Scalar) => item.source ?? String(item.value) }
      : tag,
  );

/** No edits for a text that does not parse (formatting could lose what was meant) or is formatted already. */
export function formattingOf(state: RecipeState, options: FormattingOptions): TextEdit[] {
  const { document } = state;
  const text = document.getText();
  if (!isReadable(state) || text.trim() === '') return [];
  const parsed = parseDocument(text, { prettyErrors: false, customTags: asWritten });
  if (parsed.errors.length > 0) return [];
  visit(parsed, {
    Collection(_, node) {
      const prototype = isSeq(node) ? YAMLSeq.prototype : YAMLMap.prototype;
      const flowCollectionPadding = isSeq(node) ? '' : ' ';
      node.toString = (context, ...rest) =>
        prototype.toString.call(node, context && { ...context, flowCollectionPadding }, ...rest);
    },
  });
  const indent = Math.min(8, Math.max(2, options.tabSize));
  const formatted = parsed.toString({ indent, lineWidth });
  if (formatted === text) return [];
  return [{ range: { start: document.positionAt(0), end: document.positionAt(text.length) }, newText: formatted }];
}
