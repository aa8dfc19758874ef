/** Asks for the query that the view of runs is filtered by; the view follows while it is typed. */
import { l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import {
  completeQuery,
  type facets,
  matcher,
  parseQuery,
  type QueryCompletion,
} from '../../server/metrics/run-filter.ts';
import type { Services } from '../services.ts';

type Item = QuickPickItem & { completion?: QueryCompletion };

/** The tree is not built anew with each key (ms). */
const patience = 120;

/** `argument`: a query to take without asking. @returns what is filtered by in the end. */
export async function filterRuns({ runs, runsView }: Services, argument: unknown): Promise<string> {
  if (typeof argument === 'string') {
    runsView.filter(argument);
    return runsView.query;
  }
  const before = runsView.query;
  const input = window.createQuickPick<Item>();
  input.title = l10n.t('Filter Runs');
  input.placeholder = l10n.t('Words, or state:failed tag:night method:lora is:starred');
  // A space invites the next word, and its suggestions are those of an empty one.
  input.value = before === '' ? '' : `${before} `;
  const suggest = () => {
    input.items = items(input.value, runs.all());
  };
  let timer: NodeJS.Timeout | undefined;
  input.onDidChangeValue((value) => {
    suggest();
    clearTimeout(timer);
    timer = setTimeout(() => runsView.preview(value), patience);
  });
  suggest();
  return new Promise((done) => {
    let accepted = false;
    input.onDidAccept(() => {
      const [chosen] = input.activeItems;
      if (chosen?.completion) {
        input.value = completed(input.value, chosen.completion);
        suggest();
        runsView.preview(input.value);
        return;
      }
      accepted = true;
      input.hide();
    });
    input.onDidHide(() => {
      clearTimeout(timer);
      runsView.filter(accepted ? input.value : before);
      input.dispose();
      done(runsView.query);
    });
    input.show();
  });
}

export async function clearRunFilter({ runsView }: Services): Promise<void> {
  runsView.filter('');
}

/** What the query comes to, what is wrong with it, and what may come next. */
function items(query: string, records: Parameters<typeof facets>[0]): Item[] {
  const { filter, faults } = parseQuery(query);
  const fits = matcher({ ...filter, archived: filter.archived ?? 'too' });
  const found = records.filter(fits).length;
  const all = { alwaysShow: true };
  const show: Item =
    query.trim() === ''
      ? { label: `$(list-flat) ${l10n.t('Show All {0} Runs', records.length)}`, ...all }
      : { label: `$(filter) ${l10n.t('Show {0} of {1} Runs', found, records.length)}`, ...all };
  return [
    { ...show, ...(faults[0] && { detail: `$(warning) ${faults.map(({ message }) => message).join(' ')}` }) },
    { label: l10n.t('Narrow by'), kind: QuickPickItemKind.Separator },
    ...completeQuery(query, query.length, records).map(
      (completion): Item => ({
        label: completion.text,
        ...(completion.count !== undefined && { description: runsCounted(completion.count) }),
        completion,
        ...all,
      }),
    ),
  ];
}

const runsCounted = (n: number): string => (n === 1 ? l10n.t('1 run') : l10n.t('{0} runs', n));

/** A key waits for its value, a value for the next word. */
export function completed(query: string, { text, start, end }: QueryCompletion): string {
  return `${query.slice(0, start)}${text}${text.endsWith(':') ? '' : ' '}${query.slice(end)}`;
}
