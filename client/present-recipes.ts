/** Recipes as they would be launched now, read-only: one side of a comparison with a run. */
import { type Disposable, EventEmitter, type TextDocumentContentProvider, Uri, workspace } from 'vscode';

const scheme = 'rankwise-present';

export class PresentRecipes implements TextDocumentContentProvider, Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changes = new EventEmitter<Uri>();
  readonly onDidChange = this.changes.event;
  private readonly subscriptions = [
    this.changes,
    workspace.registerTextDocumentContentProvider(scheme, this),
    workspace.onDidCloseTextDocument(({ uri }) => void this.texts.delete(uri.toString())),
  ];

  /** @param run tells the comparisons of one recipe with several runs apart. */
  show(recipe: Uri, run: string, text: string): Uri {
    const uri = Uri.from({ scheme, path: recipe.path, query: run });
    this.texts.set(uri.toString(), text);
    this.changes.fire(uri);
    return uri;
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    for (const one of this.subscriptions) one.dispose();
  }
}
