/** A playground panel: has a model write on both sides while it is open, and lets the model go when it is closed. */
import { type Disposable, env, l10n, type WebviewPanel } from 'vscode';
import type { FromPlaygroundView, PlaygroundAbout, ToPlaygroundView } from '../server/protocol/playground-view.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { PlaygroundSession } from './playground-session.ts';
import type { Services } from './services.ts';

/** What a panel needs of the extension. */
export type PlaygroundServices = Pick<Services, 'context' | 'daemon' | 'log'>;

export class PlaygroundPanel {
  readonly panel: WebviewPanel;
  /** What the page was told, for tests. */
  readonly told: ToPlaygroundView[] = [];
  private readonly services: PlaygroundServices;
  private readonly session: PlaygroundSession;
  /** The page is there and listens: a hidden panel loses its page, and says `ready` again when it is shown. */
  private live = false;
  /** What the page must know when it comes back. */
  private loaded: ToPlaygroundView = { type: 'session', state: 'idle' };
  private writing: string | undefined;

  constructor(panel: WebviewPanel, about: PlaygroundAbout, services: PlaygroundServices) {
    this.panel = panel;
    this.services = services;
    panel.title = l10n.t('Playground: {0}', about.title);
    loadPage(panel, services.context.extensionUri, {
      title: 'Playground',
      script: 'playground.js',
      styles: ['base.css', 'playground.css'],
      data: { about: JSON.stringify(about) },
    });
    const { base, adapted } = about;
    this.session = new PlaygroundSession({
      daemon: services.daemon,
      params: { base, ...(adapted && { adapted }) },
      onItem: (item) => {
        const message = { type: 'item', item } as const;
        if (item.type === 'loaded') this.loaded = message;
        this.post(message);
      },
      onState: (state, reason) => this.post(this.keep({ type: 'session', state, ...(reason && { reason }) })),
      onFailed: (error) => {
        services.log.warn(`${about.title}: ${error.code}: ${error.message}`);
        this.keep({ type: 'session', state: 'idle' });
        this.post({ type: 'failed', error });
      },
    });
    const stop: Disposable[] = [
      panel.webview.onDidReceiveMessage((message: FromPlaygroundView) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.sleep();
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) each.dispose();
      this.live = false;
      this.session.dispose();
    });
  }

  async receive(message: FromPlaygroundView): Promise<void> {
    try {
      await this.answer(message);
    } catch (error) {
      void showError(this.services.log, error);
    }
  }

  private async answer(message: FromPlaygroundView): Promise<unknown> {
    switch (message.type) {
      case 'ready':
        this.live = true;
        this.post(this.loaded);
        return message.load ? this.session.load() : undefined;
      case 'generate':
        this.writing = message.id;
        return this.session.ask({ ...message, type: 'write' });
      case 'stop':
        return this.session.stop(message.id);
      case 'copy':
        return env.clipboard.writeText(message.text);
    }
  }

  private keep(message: ToPlaygroundView): ToPlaygroundView {
    this.loaded = message;
    return message;
  }

  private post(message: ToPlaygroundView): void {
    if (!this.live) return;
    this.told.push(message);
    void this.panel.webview.postMessage(message);
  }

  /** Nobody would see the rest of the text. The model stays. */
  private sleep(): void {
    this.live = false;
    if (this.writing !== undefined) this.session.stop(this.writing);
    this.writing = undefined;
  }
}
