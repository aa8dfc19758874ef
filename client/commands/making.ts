/** From a choice of what to make of adapters to the folder that holds it: what each choice comes to is shown before it is done. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { commands, l10n, ProgressLocation, type QuickPickItem, ThemeIcon, Uri, window, workspace } from 'vscode';
import { errorData, RankwiseError } from '../../server/base/errors.ts';
import type { AdapterResult, AdapterTask, Planned } from '../../server/protocol/adapters.ts';
import type { Services } from '../services.ts';

export interface Choice {
  label: string;
  task: AdapterTask;
  /** Asks for the rank first, and shows what it comes to. */
  asksRank?: true;
}

type ChoiceItem = QuickPickItem & { choice: Choice; planned: Planned };

/** Undefined when the user leaves. Errors: that of a choice which is not possible. */
export async function choose(services: Services, title: string, choices: Choice[]): Promise<AdapterTask | undefined> {
  const { plans } = await services.daemon.request('plan', { tasks: choices.map(({ task }) => task) });
  const items = choices.map((choice, i): ChoiceItem => itemOf(choice, plans[i]!));
  const picked = await window.showQuickPick(items, { title, ignoreFocusOut: true, matchOnDetail: true });
  if (!picked) return undefined;
  const { choice, planned } = picked;
  if (choice.asksRank) {
    const rank = await askRank();
    if (rank === undefined) return undefined;
    return choose(services, title, [
      { label: l10n.t('Rank {0}', rank), task: { ...choice.task, rank } as AdapterTask },
    ]);
  }
  if ('error' in planned) throw RankwiseError.from(planned.error);
  return choice.task;
}

function itemOf(choice: Choice, planned: Planned): ChoiceItem {
  const { label } = choice;
  if ('plan' in planned) return { label, detail: planned.plan.summary, choice, planned };
  const { message, hint = '' } = planned.error;
  const text = choice.asksRank ? l10n.t('The nearest of a rank that you choose.') : `${message} ${hint}`.trim();
  return { label, detail: text, ...(!choice.asksRank && { iconPath: new ThemeIcon('circle-slash') }), choice, planned };
}

async function askRank(): Promise<number | undefined> {
  const whole = (text: string) => /^[1-9]\d{0,5}$/.test(text.trim());
  const given = await window.showInputBox({
    title: l10n.t('The largest rank of a matrix'),
    value: '8',
    ignoreFocusOut: true,
    validateInput: (text) => (whole(text) ? undefined : l10n.t('A whole number above 0.')),
  });
  return given === undefined ? undefined : Number(given);
}

/** Asks where to, does it, and says so. Undefined when the user left or cancelled. */
export async function make(
  services: Services,
  task: AdapterTask,
  { title, suggested }: { title: string; suggested: string },
): Promise<AdapterResult | undefined> {
  const output = await askFolder(free(suggested));
  if (output === undefined) return undefined;
  const { daemon, log } = services;
  const id = randomUUID();
  const location = ProgressLocation.Notification;
  try {
    const result = await window.withProgress({ location, title, cancellable: true }, (_progress, token) => {
      token.onCancellationRequested(() => {
        void daemon.request('stopMaking', { id }).catch((error) => log.warn(`not cancelled: ${error}`));
      });
      return daemon.request('make', { id, task, output });
    });
    log.info(`${task.kind}: ${result.path}`);
    void tell(result);
    return result;
  } catch (error) {
    if (errorData(error).code !== 'aborted') throw error;
    return undefined;
  }
}

/** The name, or the first with a number after it that is not taken. */
function free(folder: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? folder : `${folder}-${n}`;
    if (!existsSync(name)) return name;
  }
}

function askFolder(value: string): Promise<string | undefined> {
  const box = window.createInputBox();
  const browse = { iconPath: new ThemeIcon('folder-opened'), tooltip: l10n.t('Choose in a Dialog') };
  const start = value.length - path.basename(value).length;
  Object.assign(box, {
    title: l10n.t('The new folder'),
    value,
    valueSelection: [start, value.length],
    buttons: [browse],
    ignoreFocusOut: true,
  });
  return new Promise((resolve) => {
    const done = (folder: string | undefined) => {
      resolve(folder);
      box.dispose();
    };
    box.onDidChangeValue(() => {
      box.validationMessage = '';
    });
    box.onDidAccept(() => {
      const fault = faultOf(box.value);
      if (fault === undefined) done(path.resolve(box.value));
      else box.validationMessage = fault;
    });
    box.onDidTriggerButton(async () => {
      const uri = await window.showSaveDialog({ defaultUri: Uri.file(box.value), saveLabel: l10n.t('Create Folder') });
      if (uri) box.value = uri.fsPath;
      box.show();
    });
    box.onDidHide(() => resolve(undefined));
    box.show();
  });
}

function faultOf(folder: string): string | undefined {
  if (!path.isAbsolute(folder)) return l10n.t('Give an absolute path.');
  return existsSync(folder) ? l10n.t('It exists already: choose another name.') : undefined;
}

async function tell({ path: folder, exact, retainedEnergy }: AdapterResult): Promise<void> {
  const reveal = l10n.t('Reveal');
  const open = l10n.t('Open Folder');
  const kept = retainedEnergy === undefined ? undefined : (Math.floor(retainedEnergy * 1e4) / 100).toFixed(2);
  const how = exact
    ? l10n.t('exact')
    : kept === undefined
      ? l10n.t('not exact')
      : l10n.t("keeps {0}% of the changes' energy", kept);
  const chosen = await window.showInformationMessage(
    l10n.t('{0} is there ({1}).', path.basename(folder), how),
    reveal,
    open,
  );
  const uri = Uri.file(folder);
  if (chosen === reveal)
    await commands.executeCommand(workspace.getWorkspaceFolder(uri) ? 'revealInExplorer' : 'revealFileInOS', uri);
  if (chosen === open) await commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
}
