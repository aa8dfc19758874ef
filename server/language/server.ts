/** Wires the features to the Language Server Protocol; what each of them answers is in its own file. */
import { fileURLToPath } from 'node:url';
import {
  type ClientCapabilities,
  CodeActionKind,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageRequests } from '../protocol/language.ts';
import { codeActions } from './codeactions.ts';
import { codeLenses, resolveLens } from './codelens.ts';
import { completionsAt, resolveCompletion } from './completion.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { watchedFiles } from './files.ts';
import { foldsOf } from './folding.ts';
import { formattingOf } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { inlayHints, resolveInlay } from './inlays.ts';
import { linksOf } from './links.ts';
import { resolveRecipe } from './resolve.ts';
import { RecipeStates } from './state.ts';
import { symbolsOf } from './symbols.ts';

/** Editors that do not pull get diagnostics this long (ms) after the last keystroke. */
const pushDelay = 150;

const capabilities: InitializeResult['capabilities'] = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  diagnosticProvider: { identifier: 'rankwise', interFileDependencies: true, workspaceDiagnostics: false },
  hoverProvider: true,
  completionProvider: { resolveProvider: true, triggerCharacters: [' ', '[', ',', '"', "'"] },
  inlayHintProvider: { resolveProvider: true },
  codeLensProvider: { resolveProvider: true },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentLinkProvider: {},
  documentFormattingProvider: true,
};

/** Serves until the connection closes. Loads nothing heavy: the engine is never reached from here. */
export function startServer(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  let editor: ClientCapabilities = {};
  const pulls = () => editor.textDocument?.diagnostic !== undefined;
  const timers = new Map<string, NodeJS.Timeout>();

  const push = (uri: string) => {
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(async () => {
        timers.delete(uri);
        const state = await states.settled(uri);
        if (state) await connection.sendDiagnostics({ uri, diagnostics: diagnosticsOf(state) });
      }, pushDelay),
    );
  };
  const refresh = () => {
    if (pulls() && editor.workspace?.diagnostics?.refreshSupport) connection.languages.diagnostics.refresh();
    else if (!pulls()) documents.keys().forEach(push);
    if (editor.workspace?.inlayHint?.refreshSupport) connection.languages.inlayHint.refresh();
    if (editor.workspace?.codeLens?.refreshSupport) connection.sendRequest('workspace/codeLens/refresh');
  };
  const states = new RecipeStates(documents, refresh);

  connection.onInitialize((params) => {
    editor = params.capabilities;
    const [folder] = params.workspaceFolders ?? [];
    if (folder?.uri.startsWith('file:')) states.root = fileURLToPath(folder.uri);
    return { capabilities, serverInfo: { name: 'rankwise' } };
  });
  connection.onInitialized(() => {
    if (!editor.workspace?.didChangeWatchedFiles?.dynamicRegistration) return;
    const watchers = watchedFiles.map((globPattern) => ({ globPattern }));
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
  connection.onDidChangeWatchedFiles(() => states.recheckFiles());

  documents.onDidChangeContent(({ document }) => {
    if (!pulls()) push(document.uri);
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(timers.get(document.uri));
    states.forget(document.uri);
    if (!pulls()) connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });

  connection.languages.diagnostics.on(async ({ textDocument }) => {
    const state = await states.settled(textDocument.uri);
    return { kind: 'full', items: state ? diagnosticsOf(state) : [] };
  });
  connection.languages.inlayHint.on(async ({ textDocument, range }) => {
    const state = await states.settled(textDocument.uri);
    return state ? inlayHints(state, range) : [];
  });
  connection.languages.inlayHint.resolve((hint) => resolveInlay(hint, states.now(hint.data?.uri)));
  connection.onHover(({ textDocument, position }) => {
    const state = states.now(textDocument.uri);
    return state ? hoverAt(state, position) : null;
  });
  connection.onCompletion(({ textDocument, position }) => {
    const state = states.now(textDocument.uri);
    return state ? completionsAt(state, position) : null;
  });
  connection.onCompletionResolve((item) => resolveCompletion(item));
  connection.onCodeLens(({ textDocument }) => {
    const state = states.now(textDocument.uri);
    return state ? codeLenses(state) : [];
  });
  connection.onCodeLensResolve(async (lens) => resolveLens(lens, await states.settled(lens.data)));
  connection.onCodeAction(async ({ textDocument, context }) => {
    const state = await states.settled(textDocument.uri);
    return state ? codeActions(state, context.diagnostics) : [];
  });
  connection.onDocumentSymbol(({ textDocument }) => {
    const state = states.now(textDocument.uri);
    return state ? symbolsOf(state) : [];
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const state = states.now(textDocument.uri);
    return state ? foldsOf(state) : [];
  });
  connection.onDocumentLinks(({ textDocument }) => {
    const state = states.now(textDocument.uri);
    return state ? linksOf(state) : [];
  });
  connection.onDocumentFormatting(({ textDocument, options }) => {
    const state = states.now(textDocument.uri);
    return state ? formattingOf(state, options) : [];
  });
  connection.onRequest('rankwise/resolve', async ({ uri }: LanguageRequests['rankwise/resolve']['params']) =>
    resolveRecipe(await states.settled(uri)),
  );

  documents.listen(connection);
  connection.listen();
}
