/** A run panel: shows one run and follows its events through every disconnection. */
import { commands, type Disposable, l10n, Uri, type WebviewPanel } from 'vscode';
import { errorData, RankwiseError } from '../server/base/errors.ts';
import type { RunEvent } from '../server/protocol/events.ts';
import type { FromRunView, ToRunView } from '../server/protocol/webview.ts';
import { Follower } from './follower.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { isActive } from './run-text.ts';
import { saveFile } from './save-file.ts';
import type { Services } from './services.ts';

/** Errors after which nothing more can come; after all others the next connection tries again. */
const lost: ReadonlySet<string> = new Set(['run-missing', 'not-a-run']);

/** What the buttons of the panel do. */
const panelCommands = {
  cancel: 'rankwise.cancel',
  resume: 'rankwise.resume',
  openFolder: 'rankwise.openRunDirectory',
  openRecipe: 'rankwise.openRunRecipe',
  showLog: 'rankwise.showLog',
} as const;

/** What a panel needs of the extension. */
export type PanelServices = Pick<Services, 'context' | 'daemon' | 'runs' | 'log'>;

/** One panel: its page, and the run that it follows. */
export class RunPanel {
  readonly panel: WebviewPanel;
  /** Events that reached the page since it loaded. */
  received = 0;
  private readonly run: string;
  private readonly services: PanelServices;
  private follower = new Follower();
  /** The page is there and listens: a hidden panel loses its page, and says `ready` again when it is shown. */
  private live = false;
  /** Only the latest request to watch may speak. */
  private asked = 0;

  constructor(panel: WebviewPanel, run: string, services: PanelServices) {
    this.panel = panel;
    this.run = run;
    this.services = services;
    const { daemon, runs } = services;
    loadPage(panel, services.context.extensionUri, {
      title: 'Run',
      script: 'run.js',
      styles: ['base.css', 'charts.css', 'run.css'],
      data: { run },
    });
    this.retitle();
    const stop: (Disposable | (() => void))[] = [
      panel.webview.onDidReceiveMessage((message: FromRunView) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.sleep();
      }),
      runs.onDidChange((event) => {
        if (event && event.now.run !== run) return;
        this.retitle();
        const record = runs.get(run);
        if (record) this.post({ type: 'record', record });
      }),
      daemon.on('connected', () => void this.follow()),
      daemon.on('disconnected', () => {
        const record = runs.get(run);
        if (record && isActive(record))
          this.post({ type: 'connection', reason: l10n.t('The daemon does not answer.') });
      }),
      daemon.on('runEvents', ({ run: of, events, next }) => {
        if (of !== run || !this.live) return;
        const fresh = this.follower.take(events, next);
        if (fresh === 'gap') void this.follow();
        else this.send(fresh);
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) typeof each === 'function' ? each() : each.dispose();
      this.sleep();
    });
  }

  private receive(message: FromRunView): void {
    if (message.type === 'ready') {
      this.live = true;
      this.follower = new Follower();
      void this.follow();
    } else if (message.type === 'save')
      saveFile(Uri.file(this.run), message.name, { csv: message.csv }, l10n.t('Save the Ranks')).catch(
        (error: unknown) => showError(this.services.log, error),
      );
    else if (message.command in panelCommands)
      void commands.executeCommand(panelCommands[message.command], { run: this.run });
  }

  /** From the beginning after `ready`, from where we stopped after a lost connection or a gap. */
  private async follow(): Promise<void> {
    if (!this.live) return;
    const ticket = ++this.asked;
    const from = this.follower.next;
    try {
      const { record, events, next } = await this.watch(from ?? 0);
      if (ticket !== this.asked || !this.live) return;
      this.services.runs.put(record);
      this.follower.begin(next);
      this.post({ type: 'connection' });
      if (from === undefined) {
        this.received = events.length;
        this.post({ type: 'init', record, events });
      } else this.send(events);
    } catch (error) {
      if (ticket === this.asked) this.fail(error);
    }
  }

  private async watch(from: number) {
    try {
      return await this.services.daemon.request('watch', { run: this.run, from });
    } catch (error) {
      // Made under another home, or the index was lost: the directory may still be there.
      if (!(error instanceof RankwiseError) || error.code !== 'unknown-run') throw error;
      await this.services.daemon.request('adopt', { run: this.run });
      return this.services.daemon.request('watch', { run: this.run, from });
    }
  }

  private fail(thrown: unknown): void {
    const error = errorData(thrown);
    this.services.log.warn(`${this.run}: ${error.code}: ${error.message}`);
    if (lost.has(error.code)) this.post({ type: 'missing', run: this.run, error });
    else this.post({ type: 'connection', reason: error.message });
  }

  private send(events: RunEvent[]): void {
    if (events.length === 0) return;
    this.received += events.length;
    this.post({ type: 'events', events });
  }

  private post(message: ToRunView): void {
    if (this.live) void this.panel.webview.postMessage(message);
  }

  private sleep(): void {
    if (!this.live) return;
    this.live = false;
    this.asked++;
    // Nothing to do when the daemon is gone: its watches went with it.
    if (this.services.daemon.daemon) this.services.daemon.request('unwatch', { run: this.run }).catch(() => {});
  }

  private retitle(): void {
    this.panel.title = this.services.runs.get(this.run)?.name ?? this.panel.title;
  }
}
