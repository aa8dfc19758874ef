/** The open panels of one kind: one for each thing that they are about, restored after a window reload. */
import { type ExtensionContext, ViewColumn, type WebviewPanel, window } from 'vscode';

/** What tells one kind of panel from the others. */
export interface PanelKind<About, View, State> {
  viewType: string;
  /** Until the panel has one of its own. */
  title: string;
  /** The same for what one panel shows. */
  keyOf(about: About): string;
  /** What a restored page was about. `state`: what it kept; undefined as a result: nothing that can be shown. */
  restored(state: State | undefined): About | undefined;
  make(panel: WebviewPanel, about: About): View;
}

export class OpenPanels<About, View extends { panel: WebviewPanel }, State> {
  private readonly kind: PanelKind<About, View, State>;
  protected readonly open = new Map<string, View>();

  constructor({ subscriptions }: ExtensionContext, kind: PanelKind<About, View, State>) {
    this.kind = kind;
    subscriptions.push(
      window.registerWebviewPanelSerializer(kind.viewType, {
        deserializeWebviewPanel: async (panel, state: State | undefined) => {
          const about = kind.restored(state);
          if (about === undefined) panel.dispose();
          else this.adopt(panel, about);
        },
      }),
    );
  }

  show(about: About): void {
    const known = this.open.get(this.kind.keyOf(about));
    if (known) {
      // Keys stay where they were, as with a new panel: in a list they go on to the next line, or delete.
      known.panel.reveal(undefined, true);
      return;
    }
    const { viewType, title } = this.kind;
    const column = window.activeTextEditor ? ViewColumn.Beside : ViewColumn.Active;
    const options = { viewColumn: column, preserveFocus: true };
    this.adopt(window.createWebviewPanel(viewType, title, options, { enableScripts: true }), about);
  }

  all(): View[] {
    return [...this.open.values()];
  }

  private adopt(panel: WebviewPanel, about: About): void {
    const key = this.kind.keyOf(about);
    const view = this.kind.make(panel, about);
    this.open.set(key, view);
    panel.onDidDispose(() => {
      if (this.open.get(key) === view) this.open.delete(key);
    });
  }
}
