/** What a run or a sweep of the tree says when it is pointed at. */
import { MarkdownString } from 'vscode';
import { shownName } from '../server/metrics/run-filter.ts';
import type { Sweep } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { facts } from './run-text.ts';
import { sweepFacts, sweepName } from './sweep-text.ts';

/** @param size bytes on disk, where that is known. */
export function runTooltip(record: RunRecord, size: number | undefined): MarkdownString {
  return table(shownName(record), facts(record, size));
}

export const sweepTooltip = (sweep: Sweep): MarkdownString => table(sweepName(sweep), sweepFacts(sweep));

function table(title: string, rows: readonly [label: string, value: string][]): MarkdownString {
  const text = new MarkdownString();
  text.appendMarkdown('**').appendText(title).appendMarkdown('**\n\n| | |\n|:--|:--|\n');
  for (const [label, value] of rows) text.appendMarkdown(`| ${label} | ${cell(value)} |\n`);
  return text;
}

/** Values come from recipes and folders: nothing in them may act as markdown or end the table's cell. */
function cell(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&');
}
