/** The model outline: a read-only document that the language server writes, kept up to date with the recipe and its files. */
import { type Disposable, EventEmitter, type TextDocumentContentProvider, Uri, workspace } from 'vscode';
import type { Language } from './language-client.ts';

const scheme = 'rankwise-model';
/** Milliseconds after the last keystroke in the recipe. */
const pause = 300;

/** The query of an outline's URI is the recipe's. */
export class ModelOutlines implements TextDocumentContentProvider {
  private readonly language: Language;
  private readonly changes = new EventEmitter<Uri>();
  private readonly subscriptions: Disposable[];
  private waiting: NodeJS.Timeout | undefined;
  readonly onDidChange = this.changes.event;

  constructor(language: Language) {
    this.language = language;
    this.subscriptions = [
      this.changes,
      workspace.registerTextDocumentContentProvider(scheme, this),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === 'peft') this.later();
      }),
      language.onWorldChanged(() => this.later()),
    ];
  }

  /** What stands against it where the model is not known. */
  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const outline = await this.language.outline(Uri.parse(uri.query, true));
    if ('text' in outline) return outline.text;
    const faults = outline.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => `# ${message}`);
    return `${['# The model of the recipe is not known.', ...faults].join('\n')}\n`;
  }

  dispose(): void {
    clearTimeout(this.waiting);
    for (const one of this.subscriptions) one.dispose();
  }

  private later(): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      for (const { uri } of workspace.textDocuments) if (uri.scheme === scheme) this.changes.fire(uri);
    }, pause);
  }
}
