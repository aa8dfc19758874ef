/** Inspections of adapters as read-only documents: links to folders and recipes, and what can be done next above the first line. */
import {
  CodeLens,
  type Disposable,
  DocumentLink,
  l10n,
  languages,
  Range,
  type TextDocument,
  Uri,
  ViewColumn,
} from 'vscode';
import type { InspectResult } from '../server/protocol/inspect.ts';
import { linksIn } from './inspection-links.ts';
import { StyledDocuments } from './styled-documents.ts';

const scheme = 'rankwise-adapter';

export class AdapterInspections {
  private readonly documents = new StyledDocuments(scheme, 'Inspect Adapter, in the explorer, shows this again.\n');
  private readonly subscriptions: Disposable[] = [
    languages.registerDocumentLinkProvider({ scheme }, { provideDocumentLinks }),
    languages.registerCodeLensProvider({ scheme }, { provideCodeLenses }),
  ];

  /** @param folders One adapter's, or those of two that are compared. */
  async show(folders: readonly string[], { lines, adapters, other }: InspectResult): Promise<void> {
    const names = [adapters[0], other?.[0]].flatMap((one) => one?.name.replaceAll('/', ' ') ?? []);
    const query = JSON.stringify(folders);
    await this.documents.show(
      Uri.from({ scheme, path: `/${names.join(' and ')}.adapter`, query }),
      lines,
      ViewColumn.Active,
    );
  }

  dispose(): void {
    for (const one of [this.documents, ...this.subscriptions]) one.dispose();
  }
}

function provideCodeLenses({ uri }: TextDocument): CodeLens[] {
  const folders = JSON.parse(uri.query) as string[];
  const top = new Range(0, 0, 0, 0);
  if (folders.length > 1) return [];
  const folder = Uri.file(folders[0]!);
  return [
    new CodeLens(top, {
      title: l10n.t('$(diff) Compare with…'),
      command: 'rankwise.compareAdapters',
      arguments: [folder],
    }),
    new CodeLens(top, { title: l10n.t('$(pulse) Spectrum'), command: 'rankwise.showSpectrum', arguments: [folder] }),
  ];
}

function provideDocumentLinks(document: TextDocument): DocumentLink[] {
  return linksIn(document.getText()).map(
    ({ line, from, to, file }) => new DocumentLink(new Range(line, from, line, to), Uri.file(file)),
  );
}
