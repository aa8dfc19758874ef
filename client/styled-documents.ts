/** Read-only documents of styled lines, in the theme's own colours. */
import {
  type DecorationRenderOptions,
  type Disposable,
  EventEmitter,
  Range,
  type TextDocumentContentProvider,
  type TextEditor,
  ThemeColor,
  type Uri,
  type ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { PreviewSpan, PreviewStyle } from '../server/protocol/preview.ts';
import { type PreviewDocument, previewDocument } from './preview-text.ts';

/** Not by colour alone: what carries loss has a ground and a line, too. */
const loss: DecorationRenderOptions = {
  backgroundColor: new ThemeColor('diffEditor.insertedTextBackground'),
  borderStyle: 'solid',
  borderWidth: '0 0 1px 0',
  borderColor: new ThemeColor('charts.green'),
};
const special: DecorationRenderOptions = { color: new ThemeColor('charts.purple'), fontStyle: 'italic' };
const looks: Partial<Record<PreviewStyle, DecorationRenderOptions>> = {
  heading: { fontWeight: 'bold' },
  dim: { color: new ThemeColor('descriptionForeground') },
  loss,
  special,
  'special-loss': { ...loss, ...special },
  warning: { color: new ThemeColor('editorWarning.foreground') },
};

export class StyledDocuments implements TextDocumentContentProvider {
  private readonly scheme: string;
  private readonly otherwise: string;
  private readonly shown = new Map<string, PreviewDocument>();
  private readonly changes = new EventEmitter<Uri>();
  readonly onDidChange = this.changes.event;
  private readonly types = Object.entries(looks).map(
    ([style, look]) => [style as PreviewStyle, window.createTextEditorDecorationType(look)] as const,
  );
  private readonly subscriptions: Disposable[];

  /** @param otherwise What stands in a document that the editor brings back after a restart: it has to be asked for again. */
  constructor(scheme: string, otherwise: string) {
    this.scheme = scheme;
    this.otherwise = otherwise;
    this.subscriptions = [
      this.changes,
      workspace.registerTextDocumentContentProvider(scheme, this),
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) this.decorate(editor);
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        for (const editor of window.visibleTextEditors) if (editor.document === document) this.decorate(editor);
      }),
      workspace.onDidCloseTextDocument(({ uri }) => void this.shown.delete(uri.toString())),
    ];
  }

  /** One that is open is filled anew. */
  async show(uri: Uri, lines: readonly (readonly PreviewSpan[])[], viewColumn: ViewColumn): Promise<void> {
    this.shown.set(uri.toString(), previewDocument(lines));
    this.changes.fire(uri);
    const document = await workspace.openTextDocument(uri);
    this.decorate(await window.showTextDocument(document, { viewColumn, preview: true }));
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.shown.get(uri.toString())?.text ?? this.otherwise;
  }

  dispose(): void {
    for (const one of [...this.subscriptions, ...this.types.map(([, type]) => type)]) one.dispose();
  }

  private decorate(editor: TextEditor): void {
    const { uri } = editor.document;
    if (uri.scheme !== this.scheme) return;
    const styles = this.shown.get(uri.toString())?.styles ?? {};
    for (const [style, type] of this.types)
      editor.setDecorations(
        type,
        (styles[style] ?? []).map(({ line, from, to }) => new Range(line, from, line, to)),
      );
  }
}
