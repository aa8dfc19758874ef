/** Wires what leads from one place to another, and what shows at a glance what a text means. */
import { type Connection, type InitializeResult, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { RankwiseError } from '../base/errors.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { definitionAt } from './definition.ts';
import { rangeFormattingOf } from './formatting.ts';
import { outlineOf, outlineUri } from './outline.ts';
import { renameEdits, renameTarget } from './rename.ts';
import { selectionAt } from './selection.ts';
import type { RecipeStates } from './state.ts';
import { tokensLegend, tokensOf } from './tokens.ts';
import type { Updates } from './updates.ts';
import { WorkspaceSymbols } from './workspace-symbols.ts';

export const navigationCapabilities: InitializeResult['capabilities'] = {
  definitionProvider: true,
  renameProvider: { prepareProvider: true },
  selectionRangeProvider: true,
  workspaceSymbolProvider: true,
  documentRangeFormattingProvider: true,
  semanticTokensProvider: { legend: tokensLegend, full: true, range: true },
};

export function serveNavigation(
  connection: Connection,
  states: RecipeStates,
  updates: Pick<Updates, 'editor'>,
): { filesChanged(): void } {
  connection.onDefinition(async ({ textDocument, position }) => {
    const state = await states.settled(textDocument.uri);
    const links = state ? definitionAt(state, position) : [];
    if (updates.editor.textDocument?.definition?.linkSupport) return links;
    return links.map(({ targetUri, targetSelectionRange }) => ({ uri: targetUri, range: targetSelectionRange }));
  });
  const symbols = new WorkspaceSymbols();
  connection.onWorkspaceSymbol(({ query }) => symbols.find(states.roots, query, states.opened()));
  connection.onPrepareRename(({ textDocument, position }) => {
    const state = states.now(textDocument.uri);
    return state ? refusing(() => renameTarget(state, position)) : null;
  });
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const state = states.now(textDocument.uri);
    return state ? refusing(() => ({ changes: { [state.uri]: renameEdits(state, position, newName) } })) : null;
  });
  connection.onDocumentRangeFormatting(({ textDocument, range, options }) => {
    const state = states.now(textDocument.uri);
    return state ? rangeFormattingOf(state, range, options) : [];
  });
  connection.onSelectionRanges(({ textDocument, positions }) => {
    const state = states.now(textDocument.uri);
    return state ? positions.map((position) => selectionAt(state, position)) : null;
  });
  connection.languages.semanticTokens.on(async ({ textDocument }) => {
    const state = await states.settled(textDocument.uri);
    return { data: state ? tokensOf(state) : [] };
  });
  connection.languages.semanticTokens.onRange(async ({ textDocument, range }) => {
    const state = await states.settled(textDocument.uri);
    return { data: state ? tokensOf(state, range) : [] };
  });
  connection.onRequest(
    'rankwise/outline',
    async ({
      uri,
    }: LanguageRequests['rankwise/outline']['params']): Promise<LanguageRequests['rankwise/outline']['result']> => {
      const state = await states.settled(uri);
      if (!state) return { diagnostics: [] };
      if (!state.model) return { diagnostics: state.diagnostics };
      return { uri: outlineUri(uri, state.model), text: outlineOf(state.model, state.analysis).text };
    },
  );
  return { filesChanged: () => symbols.forget() };
}

/** What a rename refuses is told to the person, and is no defect of the server. */
function refusing<T>(body: () => T): T | ResponseError<undefined> {
  try {
    return body();
  } catch (error) {
    if (error instanceof RankwiseError) return new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    throw error;
  }
}
