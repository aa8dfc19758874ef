/** Previews of data: read-only documents that the command fills. */
import { Uri, ViewColumn } from 'vscode';
import type { PreviewResult } from '../server/protocol/preview.ts';
import { StyledDocuments } from './styled-documents.ts';

const scheme = 'rankwise-preview';

export class DataPreviews {
  private readonly documents = new StyledDocuments(
    scheme,
    'Preview Data, above `data:` in the recipe, shows this again.\n',
  );

  /** Beside the recipe; one that is open is filled anew. */
  async show(recipe: Uri, name: string, { lines }: PreviewResult): Promise<void> {
    const uri = Uri.from({ scheme, path: `/${name}.data`, query: recipe.toString() });
    await this.documents.show(uri, lines, ViewColumn.Beside);
  }

  dispose(): void {
    this.documents.dispose();
  }
}
