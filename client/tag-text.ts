/** What becomes of the tags of several runs. Pure: tested without an editor. */
import { sameTag, tagFault } from '../server/base/labels.ts';
import type { LabelChange } from '../server/protocol/daemon.ts';
import type { RunRecord } from '../server/protocol/runs.ts';

/** How many of the runs have a tag. */
export function tagsOf(records: readonly RunRecord[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { labels } of records) for (const tag of labels?.tags ?? []) found.set(tag, (found.get(tag) ?? 0) + 1);
  return found;
}

/** The tags in what was typed that are not there yet, and what is wrong with one: parted by commas, with or without `#`. */
export function newTags(typed: string, known: Iterable<string>): { tags: string[]; fault?: string } {
  const all = [...known];
  const tags: string[] = [];
  for (const tag of typed.split(',').map((each) => each.trim().replace(/^#+\s*/, ''))) {
    const fault = tag === '' ? undefined : tagFault(tag);
    if (fault) return { tags: [], fault: `#${tag} ${fault}.` };
    if (tag !== '' && ![...all, ...tags].some((other) => sameTag(other, tag))) tags.push(tag);
  }
  return { tags };
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
