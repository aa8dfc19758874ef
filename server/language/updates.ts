/** What the server tells the editor without being asked: pushed diagnostics, and that earlier answers are out of date. */
import type { ClientCapabilities, Connection, Diagnostic } from 'vscode-languageserver';
import type { LanguageNotifications } from '../protocol/language.ts';

/** Editors that do not pull get diagnostics this long (ms) after the last keystroke. */
const pushDelay = 150;
/** Files that arrive together make one refresh. */
const refreshDelay = 30;

export class Updates {
  editor: ClientCapabilities = {};
  private readonly connection: Connection;
  private readonly diagnose: (uri: string) => Promise<Diagnostic[]>;
  private readonly opened: () => string[];
  private readonly pushing = new Map<string, NodeJS.Timeout>();
  private refreshing: NodeJS.Timeout | undefined;

  constructor(connection: Connection, opened: () => string[], diagnose: (uri: string) => Promise<Diagnostic[]>) {
    this.connection = connection;
    this.opened = opened;
    this.diagnose = diagnose;
  }

  /** The text of a recipe changed: a pulling editor asks by itself. */
  textChanged(uri: string): void {
    if (this.pulls) return;
    clearTimeout(this.pushing.get(uri));
    this.pushing.set(
      uri,
      setTimeout(() => this.told(this.push(uri)), pushDelay),
    );
  }

  closed(uri: string): void {
    clearTimeout(this.pushing.get(uri));
    this.pushing.delete(uri);
    if (!this.pulls) this.told(this.connection.sendDiagnostics({ uri, diagnostics: [] }));
  }

  /** Something beside the texts changed: files or settings. */
  worldChanged(): void {
    this.refreshing ??= setTimeout(() => {
      this.refreshing = undefined;
      this.refresh();
    }, refreshDelay);
  }

  stop(): void {
    clearTimeout(this.refreshing);
    for (const timer of this.pushing.values()) clearTimeout(timer);
  }

  private get pulls(): boolean {
    return this.editor.textDocument?.diagnostic !== undefined;
  }

  private async push(uri: string): Promise<void> {
    this.pushing.delete(uri);
    const diagnostics = await this.diagnose(uri);
    // It may have been closed meanwhile.
    if (this.opened().includes(uri)) await this.connection.sendDiagnostics({ uri, diagnostics });
  }

  private refresh(): void {
    const { diagnostics, inlayHint, codeLens, semanticTokens } = this.editor.workspace ?? {};
    if (!this.pulls) for (const uri of this.opened()) this.textChanged(uri);
    else if (diagnostics?.refreshSupport) this.told(this.connection.languages.diagnostics.refresh());
    if (inlayHint?.refreshSupport) this.told(this.connection.languages.inlayHint.refresh());
    if (semanticTokens?.refreshSupport) this.told(this.connection.languages.semanticTokens.refresh());
    if (codeLens?.refreshSupport) this.told(this.connection.sendRequest('workspace/codeLens/refresh'));
    this.told(this.connection.sendNotification('rankwise/worldChanged' satisfies keyof LanguageNotifications));
  }

  /** An editor that is closing, or that refuses, only misses an update; the log says so. */
  private told(message: Promise<unknown>): void {
    message.catch((error) => this.connection.console.warn(`The editor did not take an update: ${error}`));
  }
}
