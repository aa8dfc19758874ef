/** What people said of a run, on a line. */
import type { RunRecord } from '../../protocol/runs.ts';
import { plain } from '../output.ts';

/** `★ Best so far  #paper #"night run"  archived`; empty where nothing was said. */
export function labelsText({ labels = {} }: RunRecord): string {
  const { title, starred, tags = [], archived } = labels;
  const parts = [
    [starred ? '★' : '', plain(title ?? '')].filter((part) => part !== '').join(' '),
    tags.map((tag) => (/\s/.test(tag) ? `#"${plain(tag)}"` : `#${plain(tag)}`)).join(' '),
    archived ? 'archived' : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}
