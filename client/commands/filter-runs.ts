/** Asks for the query that the view of runs is filtered by; the view follows while it is typed. */
import { l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { completeQuery, matcher, parseQuery, type QueryCompletion } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
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
  input.value = before;
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

/**
 * What the query comes to, what is wrong with it, and what may come next. The list puts first what begins like the query: that is the query itself
 * while it says something, else what it may become.
 */
function items(query: string, records: readonly RunRecord[]): Item[] {
  const typed = query.trim();
  const { filter, faults } = parseQuery(query);
  const fits = matcher({ ...filter, archived: filter.archived ?? 'too' });
  const found = records.filter(fits).length;
  const next = completeQuery(query, query.length, records)
    .map((completion) => ({ completion, label: completed(query, completion) }))
    .filter(({ label }) => label !== query);
  const show =
    typed === '' ? l10n.t('Show All {0} Runs', records.length) : l10n.t('Show {0} of {1} Runs', found, records.length);
  const isGood = typed !== '' && faults.length === 0 && (found > 0 || next.length === 0);
  return [
    {
      ...(isGood ? { label: query, description: show } : { label: show }),
      iconPath: new ThemeIcon('filter'),
      ...(faults.length > 0 && { detail: `$(warning) ${faults.map(({ message }) => message).join(' ')}` }),
      alwaysShow: true,
    },
    ...next.map(({ completion, label }) => ({
      label,
      ...(completion.count !== undefined && { description: runsCounted(completion.count) }),
      completion,
      alwaysShow: true,
    })),
  ];
}

const runsCounted = (n: number): string => (n === 1 ? l10n.t('1 run') : l10n.t('{0} runs', n));

const completed = (query: string, { text, start, end }: QueryCompletion): string =>
  `${query.slice(0, start)}${text}${query.slice(end)}`;
