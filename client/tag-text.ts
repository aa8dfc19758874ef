/** What becomes of the tags of several runs. Pure: tested without an editor. */
import type { LabelChange } from '../server/protocol/daemon.ts';
import type { RunRecord } from '../server/protocol/runs.ts';

/** How many of the runs have a tag. */
export function tagsOf(records: readonly RunRecord[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { labels } of records) for (const tag of labels?.tags ?? []) found.set(tag, (found.get(tag) ?? 0) + 1);
  return found;
}

/** The tags in what was typed that are not there yet: parted by commas, with or without `#`. */
export function newTags(typed: string, known: ReadonlySet<string>): string[] {
  const tags = typed.split(',').map((tag) => tag.trim().replace(/^#+\s*/, ''));
  return [...new Set(tags)].filter((tag) => tag !== '' && !known.has(tag));
}

/**
 * @param had how many of `runs` had a tag. @param chosen those that all are to have. What only some had, and was not chosen, they keep.
 * @returns undefined where nothing changes.
 */
export function tagChange(
  had: ReadonlyMap<string, number>,
  runs: number,
  chosen: readonly string[],
): LabelChange | undefined {
  const addTags = chosen.filter((tag) => (had.get(tag) ?? 0) < runs);
  const removeTags = [...had].flatMap(([tag, n]) => (n === runs && !chosen.includes(tag) ? [tag] : []));
  return addTags.length + removeTags.length > 0 ? { addTags, removeTags } : undefined;
}
