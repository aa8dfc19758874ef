/** Formatting through the YAML document tree: comments, blank lines, number spellings and flow or block style stay. */
import type { FormattingOptions, Position, Range, TextEdit } from 'vscode-languageserver';
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
  return changedLines(text, parsed.toString({ indent, lineWidth }));
}

/** As `formattingOf`, of the lines of a range. A change that reaches beyond them is left out: half of it could mean something else. */
export function rangeFormattingOf(state: RecipeState, range: Range, options: FormattingOptions): TextEdit[] {
  return formattingOf(state, options).filter(
    ({ range: { start, end } }) => start.line >= range.start.line && lastLine(start, end) <= range.end.line,
  );
}

/** The last line that a change of whole lines touches. */
const lastLine = (start: Position, end: Position): number =>
  end.character === 0 && end.line > start.line ? end.line - 1 : end.line;

/** Edits of the lines that differ, so that cursors and folds elsewhere stay. */
function changedLines(before: string, after: string): TextEdit[] {
  const old = before.split(/(?<=\n)/);
  const now = after.split(/(?<=\n)/);
  const edit = (from: number, to: number, lines: string[]): TextEdit => ({
    range: { start: { line: from, character: 0 }, end: endOf(old, to) },
    newText: lines.join(''),
  });
  if (old.length === now.length)
    return old.flatMap((line, i) => (line === now[i] ? [] : [edit(i, i + 1, now.slice(i, i + 1))]));
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [edit(head, old.length - tail, now.slice(head, now.length - tail))];
}

/** The start of a line; of the line after the last one that has no line end, its end. */
function endOf(lines: readonly string[], line: number): Position {
  const last = lines.at(-1)!;
  return line < lines.length || last.endsWith('\n')
    ? { line, character: 0 }
    : { line: line - 1, character: last.length };
}
