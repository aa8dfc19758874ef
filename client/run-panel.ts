/** A run panel: shows one run and follows its events through every disconnection, and those of runs laid over it. */
import { commands, type Disposable, l10n, Uri, type WebviewPanel } from 'vscode';
import type { errorData } from '../server/base/errors.ts';
import { recipeFile } from '../server/base/run-folder.ts';
import { shownName } from '../server/metrics/run-filter.ts';
import type { RunEvent } from '../server/protocol/events.ts';
import { withColumns } from '../server/protocol/step-columns.ts';
import type { FromRunView, ToRunView } from '../server/protocol/webview.ts';
import { overlay, pickRuns } from './commands/pick-runs.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { RunFeed } from './run-feed.ts';
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
  showSpectrum: 'rankwise.showSpectrum',
  openRecipe: 'rankwise.openRunRecipe',
  showLog: 'rankwise.showLog',
} as const;

/** What a panel needs of the extension. */
export type PanelServices = Pick<Services, 'context' | 'daemon' | 'runs' | 'log' | 'language'>;

/** One panel: its page, the run that it is about, and those laid over it. */
export class RunPanel {
  readonly panel: WebviewPanel;
  /** Events of its own run that reached the page since it loaded. */
  received = 0;
  private readonly run: string;
  private readonly services: PanelServices;
  /** By run, its own first; empty while there is no page: a hidden panel loses it, and says `ready` again when it is shown. */
  private readonly feeds = new Map<string, RunFeed>();
  /** Runs to lay over it as soon as the page is there. */
  private waiting: string[] = [];
  /** Only the latest question about differences may be answered. */
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
        const changed = event ? [event.now.run] : [...this.feeds.keys()];
        if (!event || event.now.run === run) this.retitle();
        for (const each of changed) {
          const record = this.feeds.has(each) ? runs.get(each) : undefined;
          if (record) this.post({ type: 'record', record, ...this.other(each) });
        }
      }),
      daemon.on('disconnected', () => {
        const record = runs.get(run);
        if (record && isActive(record))
          this.post({ type: 'connection', reason: l10n.t('The daemon does not answer.') });
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) typeof each === 'function' ? each() : each.dispose();
      this.sleep();
    });
  }

  /** Directories of the runs that are laid over its own. */
  get others(): string[] {
    return [...this.feeds.keys()].filter((run) => run !== this.run);
  }

  /** Lays runs over its own; those that are there already stay. */
  add(runs: readonly string[]): void {
    if (this.feeds.size === 0) {
      this.waiting.push(...runs);
      return;
    }
    for (const run of runs) if (!this.feeds.has(run)) this.feed(run);
    void this.compare();
  }

  private receive(message: FromRunView): void {
    switch (message.type) {
      case 'ready':
        this.sleep();
        this.feed(this.run);
        this.add([...(message.others ?? []), ...this.waiting.splice(0)]);
        break;
      case 'addRuns':
        pickRuns(this.services.runs, overlay(this.feeds.keys())).then(
          (runs) => this.add(runs.map(({ run }) => run)),
          (error: unknown) => showError(this.services.log, error),
        );
        break;
      case 'removeRun':
        this.feeds.get(message.run)?.close();
        this.feeds.delete(message.run);
        void this.compare();
        break;
      case 'save':
        saveFile(Uri.file(this.run), message.name, message.content, l10n.t('Save the Chart')).catch((error: unknown) =>
          showError(this.services.log, error),
        );
        break;
      case 'command':
        if (message.command in panelCommands)
          void commands.executeCommand(panelCommands[message.command], { run: this.run });
    }
  }

  private feed(run: string): void {
    const own = run === this.run;
    const feed = new RunFeed(run, this.services, {
      begin: (record, events) => {
        if (own) {
          this.received = events.length;
          this.post({ type: 'connection' });
        }
        this.post({ type: 'init', record, events: withColumns(events), ...this.other(run) });
      },
      more: (events) => this.more(run, events),
      fail: (error) => this.fail(run, error),
    });
    this.feeds.set(run, feed);
  }

  private more(run: string, events: RunEvent[]): void {
    if (run === this.run) {
      this.received += events.length;
      this.post({ type: 'connection' });
    }
    if (events.length > 0) this.post({ type: 'events', events: withColumns(events), ...this.other(run) });
  }

  private fail(run: string, error: ReturnType<typeof errorData>): void {
    if (lost.has(error.code) || (run !== this.run && error.code === 'unknown-run')) {
      this.post({ type: 'missing', run, error, ...this.other(run) });
      if (run === this.run) return;
      this.feeds.get(run)?.close();
      this.feeds.delete(run);
      void this.compare();
    } else if (run === this.run) this.post({ type: 'connection', reason: error.message });
  }

  /** In what the recipes differ; without an answer the charts are there all the same. */
  private async compare(): Promise<void> {
    const ticket = ++this.asked;
    const runs = [...this.feeds.keys()];
    if (runs.length < 2) return;
    try {
      const [first, ...rest] = runs.map((run) => Uri.file(recipeFile(run)));
      const rows = await this.services.language.differences([first!, ...rest]);
      if (ticket === this.asked) this.post({ type: 'differences', runs, rows });
    } catch (error) {
      this.services.log.warn(`the recipes of ${runs.length} runs were not compared: ${error}`);
    }
  }

  private other(run: string): { other?: string } {
    return run === this.run ? {} : { other: run };
  }

  private post(message: ToRunView): void {
    if (this.feeds.size > 0) void this.panel.webview.postMessage(message);
  }

  private sleep(): void {
    this.asked++;
    for (const feed of this.feeds.values()) feed.close();
    this.feeds.clear();
  }

  private retitle(): void {
    const record = this.services.runs.get(this.run);
    if (record) this.panel.title = shownName(record);
  }
}
