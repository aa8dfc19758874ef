/** What a run of the tree says when it is pointed at. */
import { MarkdownString } from 'vscode';
import { shownName } from '../server/metrics/run-filter.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { facts } from './run-text.ts';

/** @param size bytes on disk, where that is known. */
export function runTooltip(record: RunRecord, size: number | undefined): MarkdownString {
  const text = new MarkdownString();
  text.appendMarkdown('**').appendText(shownName(record)).appendMarkdown('**\n\n| | |\n|:--|:--|\n');
  for (const [label, value] of facts(record, size)) text.appendMarkdown(`| ${label} | ${cell(value)} |\n`);
  return text;
}

/** Values come from recipes and folders: nothing in them may act as markdown or end the table's cell. */
function cell(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&');
}
