/** A word when a run ends, is held up or learns nothing: once over all windows, and only to someone who is not looking at it already. */
import { commands, l10n, Uri, window, workspace } from 'vscode';
import { duration, shortDuration } from '../server/base/units.ts';
import { shownName } from '../server/metrics/run-filter.ts';
import { phaseText } from '../server/metrics/run-state.ts';
import { isPoint, isSettled, type Sweep } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { type Nearness, NoticeDesk } from './notice-desk.ts';
import { change, isActive, lastName } from './run-text.ts';
import type { Services } from './services.ts';
import { sweepDescription, sweepName } from './sweep-text.ts';

/** Ends that are told one by one; more at a time, as after a night, are one word. */
const most = 3;
/** In the editor's own memory: runs that were in progress when it was last open. */
const awaitedKey = 'rankwise.awaited';

export function notifyOfRuns({ context, runs, runsView, panels, daemon, log }: Services): void {
  const nearness = ({ run, recipe }: RunRecord): Nearness => {
    if (window.state.focused && panels.isVisible(run)) return 'watching';
    if (!panels.isOpen(run) && !workspace.getWorkspaceFolder(Uri.file(recipe))) return 'other';
    return window.state.focused ? 'focused' : 'concerned';
  };
  const sweepOf = (id: string) => runsView.tree.groups.sweep(id);
  const fail = (error: unknown) => log.warn(`a notice was not shown: ${error}`);
  const desk = new NoticeDesk({
    get: (run) => runs.get(run),
    points: (sweep) => sweepOf(sweep)?.runs ?? [],
    nearness,
    // A daemon that was stopped is not started for a notice: the next one still has it.
    claim: async (notices) =>
      daemon.daemon ? (await daemon.request('claimNotices', { notices })).granted : notices.map(() => false),
    say: (granted) => {
      for (const { about, record } of granted) if (about !== 'end') void tell(record, notices[about](record));
      tellEnds(
        granted.filter(({ about }) => about === 'end').map(({ record }) => record),
        sweepOf,
      );
    },
    fail,
  });
  context.subscriptions.push(
    desk,
    runs.onDidChange((event) => {
      if (event?.before === undefined || event.before.state !== event.now.state)
        void remember(context.globalState, runs.active());
      if (!event) {
        for (const record of runs.all()) if (record.untold || record.state === 'running') desk.consider(record);
        return;
      }
      const { before, now } = event;
      if (before && isActive(before) && !isActive(now)) log.info(`${now.id}: ${now.state}`);
      desk.consider(now);
    }),
  );
  // What was going on when the editor was closed may have ended since, and its daemon with it.
  if (!daemon.daemon && context.globalState.get<string[]>(awaitedKey, []).length > 0) runs.refresh().catch(fail);
}

async function remember(memory: Services['context']['globalState'], inProgress: RunRecord[]): Promise<void> {
  const active = inProgress.map(({ run }) => run).sort();
  if (memory.get<string[]>(awaitedKey, []).join('\n') !== active.join('\n')) await memory.update(awaitedKey, active);
}

/** What a notification says and offers; what is offered besides to dismiss it, in order. */
interface Told {
  kind: 'information' | 'warning' | 'error';
  text: string;
  actions: { title: string; command: string; more?: object }[];
}

const open = () => ({ title: l10n.t('Open'), command: 'showRun' });
const openAll = () => ({ title: l10n.t('Open'), command: 'runs.focus' });
const cancel = () => ({ title: l10n.t('Cancel Run'), command: 'cancel' });

const notices: Record<'paused' | 'stalled' | 'attention', (record: RunRecord) => Told> = {
  paused: (record) => ({
    kind: 'warning',
    text: l10n.t(
      '{0} is paused: the disk is full. Make room for {1}, and it goes on by itself.',
      shownName(record),
      record.paused?.path ?? record.run,
    ),
    actions: [open(), cancel()],
  }),
  stalled: ({ stalled, ...record }) => ({
    kind: 'warning',
    text: stallText(
      shownName(record),
      duration(stalled ? (Date.now() - Date.parse(stalled.since)) / 1000 : 0),
      stalled ?? { since: '' },
    ),
    actions: [{ title: l10n.t('Show Log'), command: 'showLog' }, cancel()],
  }),
  attention: ({ attention, ...record }) => ({
    kind: 'warning',
    text: l10n.t('{0}, step {1}: {2}', shownName(record), attention?.step ?? 0, attention?.message ?? ''),
    actions: [{ title: l10n.t('Open Recipe'), command: 'openRunRecipe' }, open()],
  }),
};

function stallText(name: string, silent: string, stalled: NonNullable<RunRecord['stalled']>): string {
  return stalled.usual === undefined
    ? l10n.t('{0} has given no sign of life for {1} {2}.', name, silent, phaseText(stalled))
    : l10n.t('{0} has said nothing for {1}; a step usually takes {2}.', name, silent, shortDuration(stalled.usual));
}

function end(record: RunRecord): Told {
  const { state, step, totalSteps, result, error, checkpoint } = record;
  const name = shownName(record);
  if (state === 'finished') {
    const parts = [change(record), result && duration(result.seconds)].filter(Boolean).join(', ');
    const text = parts ? l10n.t('{0} finished: {1}.', name, parts) : l10n.t('{0} finished.', name);
    return { kind: 'information', text, actions: [open()] };
  }
  if (state === 'failed') {
    const { message = '', hint = '', field } = error ?? {};
    const at = field === undefined ? undefined : lastName(field);
    return {
      kind: 'error',
      text: l10n.t('{0} failed: {1}', name, `${message} ${hint}`.trim()),
      actions: [
        open(),
        ...(at === undefined
          ? []
          : [{ title: l10n.t('Open Recipe at {0}', at), command: 'openRunRecipe', more: { field } }]),
        ...(checkpoint === undefined ? [] : [{ title: l10n.t('Resume from Step {0}', checkpoint), command: 'resume' }]),
      ],
    };
  }
  return {
    kind: 'warning',
    text: l10n.t('{0} was interrupted after step {1} of {2}.', name, step, totalSteps),
    actions: [{ title: l10n.t('Resume'), command: 'resume' }, open()],
  };
}

/** Points of one sweep are one end. */
function tellEnds(ended: readonly RunRecord[], sweepOf: (id: string) => Sweep | undefined): void {
  const own = ended.filter((record) => !isPoint(record));
  const ids = new Set(ended.flatMap(({ sweep }) => sweep?.id ?? []));
  const sweeps = [...ids].flatMap((id) => sweepOf(id) ?? []);
  const number = own.length + sweeps.length;
  if (number > most) {
    const failed = ended.filter((record) => !isSettled(record)).length;
    const text =
      failed === 0
        ? l10n.t('{0} runs and sweeps have ended.', number)
        : l10n.t('{0} runs and sweeps have ended, {1} runs of them not finished.', number, failed);
    void tell(undefined, { kind: failed === 0 ? 'information' : 'warning', text, actions: [openAll()] });
    return;
  }
  for (const sweep of sweeps) void tell(undefined, sweepEnd(sweep));
  for (const record of own) void tell(record, end(record));
}

const sweepEnd = (sweep: Sweep): Told => ({
  kind: sweep.runs.every(isSettled) ? 'information' : 'warning',
  text: l10n.t('The sweep of {0} has ended: {1}.', sweepName(sweep), sweepDescription(sweep)),
  actions: [{ title: l10n.t('Compare'), command: 'compareRuns', more: { sweep: sweep.id } }, openAll()],
});

async function tell(record: RunRecord | undefined, { kind, text, actions }: Told): Promise<void> {
  const show = {
    information: window.showInformationMessage,
    warning: window.showWarningMessage,
    error: window.showErrorMessage,
  }[kind];
  const chosen = await show(text, ...actions.map(({ title }) => title), l10n.t('Dismiss'));
  const action = actions.find(({ title }) => title === chosen);
  if (action)
    await commands.executeCommand(
      `rankwise.${action.command}`,
      ...(record || action.more ? [{ ...(record && { run: record.run }), ...action.more }] : []),
    );
}
