/** Gives runs tags and takes them away, in one list: what is typed and not there yet is a new tag. */
import { l10n, type QuickPickItem, window } from 'vscode';
import { facets } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { marked } from '../run-text.ts';
import type { Services } from '../services.ts';
import { newTags, tagChange, tagsOf } from '../tag-text.ts';
import { called, chosenRuns } from './chosen-runs.ts';
import { label } from './label-runs.ts';

export async function tagRuns(services: Services, argument: unknown, selected: unknown): Promise<RunRecord[]> {
  const records = await chosenRuns(services, argument, selected, { title: l10n.t('Tag which runs?') });
  if (records.length === 0) return [];
  const had = tagsOf(records);
  const chosen = await askForTags(called(records), [...facets(services.runs.all()).tags.keys()], had, records.length);
  const change = chosen && tagChange(had, records.length, chosen);
  return change ? label(services, records, change) : [];
}

type Item = QuickPickItem & { tags: string[] };

/** @param had how many of the runs have a tag. Undefined when the user leaves. */
function askForTags(
  name: string,
  known: readonly string[],
  had: ReadonlyMap<string, number>,
  runs: number,
): Promise<readonly string[] | undefined> {
  const input = window.createQuickPick<Item>();
  input.title = l10n.t('Tags of {0}', name);
  input.placeholder = l10n.t('Choose tags, or type new ones, with commas between them');
  input.canSelectMany = true;
  const offered = new Set([...had.keys(), ...known]);
  let chosen = new Set([...had].flatMap(([tag, n]) => (n === runs ? [tag] : [])));
  const show = () => {
    const { tags: fresh, fault } = newTags(input.value, offered);
    const items = [...offered].map((tag): Item => {
      const n = had.get(tag) ?? 0;
      const some = n > 0 && n < runs ? { description: l10n.t('on {0} of {1}', n, runs) } : {};
      return { label: `#${tag}`, ...some, tags: [tag] };
    });
    const added = { label: l10n.t('New: {0}', marked(fresh)), tags: fresh, alwaysShow: true };
    const more: Item[] = fresh.length > 0 ? [added] : [];
    if (fault) more.push({ label: `$(error) ${fault}`, tags: [], alwaysShow: true });
    input.items = [...more, ...items];
    // What nothing there looks like is meant as it is typed.
    const typed = input.value.trim().toLowerCase();
    const alone = fresh.length > 0 && ![...offered].some((tag) => tag.toLowerCase().includes(typed));
    input.selectedItems = input.items.filter(
      (item) => (alone && item === more[0]) || (item.tags.length > 0 && item.tags.every((tag) => chosen.has(tag))),
    );
  };
  show();
  input.onDidChangeValue(show);
  input.onDidChangeSelection((items) => {
    // The new ones of a moment ago are kept only where they are accepted.
    chosen = new Set(items.flatMap(({ tags }) => tags.filter((tag) => offered.has(tag))));
  });
  return new Promise((done) => {
    input.onDidAccept(() => {
      done(input.selectedItems.flatMap(({ tags }) => tags));
      input.hide();
    });
    input.onDidHide(() => {
      done(undefined);
      input.dispose();
    });
    input.show();
  });
}
