/** Wires the features to the Language Server Protocol; what each of them answers is in its own file. */
import { fileURLToPath } from 'node:url';
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageRequests } from '../protocol/language.ts';
import { AdapterConfigs, isAdapterConfig } from './adapter-config.ts';
import { registerAdapterConfigs } from './adapter-documents.ts';
import { adapterHover } from './adapter-hover.ts';
import { codeActionKinds, codeActions } from './codeactions.ts';
import { codeLenses, resolveLens } from './codelens.ts';
import { comparisonOf } from './compare.ts';
import { ComparedRuns } from './compared-runs.ts';
import { completionsAt, resolveCompletion } from './completion.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { differencesOf } from './differences.ts';
import { importRecipe, loadingOf, pythonCode } from './exchange.ts';
import { watchedFiles } from './files.ts';
import { foldsOf } from './folding.ts';
import { formattingOf } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { inlayHints, resolveInlay } from './inlays.ts';
import { linksOf } from './links.ts';
import { methodEdit } from './method-edit.ts';
import { navigationCapabilities, serveNavigation } from './navigation.ts';
import { Places } from './places.ts';
import { rankEdit } from './rank-edit.ts';
import { resolveRecipe } from './resolve.ts';
import { runEdit } from './run-edit.ts';
import { rulePagesOf, severitiesOf, severitySection } from './settings.ts';
import { spectrumOf } from './spectrum.ts';
import { patience, patienceOfCommands, RecipeStates } from './state.ts';
import { sweepFindings } from './sweep.ts';
import { symbolsOf } from './symbols.ts';
import { Updates } from './updates.ts';

const capabilities: InitializeResult['capabilities'] = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  diagnosticProvider: { identifier: 'rankwise', interFileDependencies: true, workspaceDiagnostics: false },
  hoverProvider: true,
  completionProvider: { resolveProvider: true, triggerCharacters: [' ', '[', ',', '"', "'", '/'] },
  inlayHintProvider: { resolveProvider: true },
  codeLensProvider: { resolveProvider: true },
  codeActionProvider: { codeActionKinds },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentLinkProvider: {},
  documentFormattingProvider: true,
  ...navigationCapabilities,
};

/** Serves until the connection closes. Loads nothing heavy: the engine is never reached from here. */
export function startServer(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  const places = new Places();
  const states = new RecipeStates(documents, () => updates.worldChanged());
  const updates = new Updates(
    connection,
    () => documents.keys(),
    (uri) => diagnose(uri),
  );
  const adapters = new AdapterConfigs(
    states.files,
    () => states.roots,
    () => updates.worldChanged(),
  );
  /** An adapter_config.json that is open. */
  const adapterConfig = (uri: string) => (isAdapterConfig(uri) ? documents.get(uri) : undefined);
  const diagnose = async (uri: string) => {
    const config = adapterConfig(uri);
    const { rulePages } = states;
    if (config) {
      const known = await adapters.settled(config, patience);
      return known ? diagnosticsOf({ diagnostics: known.diagnostics, rulePages }) : [];
    }
    const state = await states.settled(uri);
    if (!state) return [];
    return diagnosticsOf({ diagnostics: [...state.diagnostics, ...sweepFindings(state, states.files)], rulePages });
  };

  const configure = async () => {
    if (!updates.editor.workspace?.configuration) return;
    try {
      states.configure(severitiesOf(await connection.workspace.getConfiguration(severitySection)));
      if (documents.keys().length > 0) updates.worldChanged();
    } catch (error) {
      connection.console.warn(`The editor did not give ${severitySection}: ${error}`);
    }
  };

  connection.onInitialize((params) => {
    updates.editor = params.capabilities;
    states.rulePages = rulePagesOf(params.initializationOptions);
    const folders = (params.workspaceFolders ?? []).filter(({ uri }) => uri.startsWith('file:'));
    states.roots = folders.map(({ uri }) => fileURLToPath(uri));
    return { capabilities, serverInfo: { name: 'rankwise' } };
  });
  connection.onInitialized(async () => {
    const { didChangeWatchedFiles, didChangeConfiguration } = updates.editor.workspace ?? {};
    const watchers = watchedFiles.map((globPattern) => ({ globPattern }));
    if (didChangeWatchedFiles?.dynamicRegistration)
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    if (didChangeConfiguration?.dynamicRegistration)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: severitySection });
    registerAdapterConfigs(connection, updates.editor);
    await configure();
  });
  connection.onShutdown(() => updates.stop());
  connection.onDidChangeConfiguration(() => configure());
  const navigation = serveNavigation(connection, states, updates);
  connection.onDidChangeWatchedFiles(() => {
    states.recheckFiles();
    adapters.recheckFiles();
    navigation.filesChanged();
  });

  documents.onDidChangeContent(({ document }) => updates.textChanged(document.uri));
  documents.onDidClose(({ document }) => {
    states.forget(document.uri);
    adapters.forget(document.uri);
    updates.closed(document.uri);
  });

  connection.languages.diagnostics.on(async ({ textDocument }) => ({
    kind: 'full',
    items: await diagnose(textDocument.uri),
  }));
  connection.languages.inlayHint.on(async ({ textDocument, range }) => {
    const state = await states.settled(textDocument.uri);
    return state ? inlayHints(state, range) : [];
  });
  connection.languages.inlayHint.resolve((hint) => resolveInlay(hint, states.now(hint.data?.uri)));
  connection.onHover(({ textDocument, position }) => {
    const config = adapterConfig(textDocument.uri);
    if (config) return adapterHover(adapters.now(config), position);
    const state = states.now(textDocument.uri);
    return state ? hoverAt(state, position) : null;
  });
  connection.onCompletion(({ textDocument, position }) => {
    const state = states.now(textDocument.uri);
    const { snippetSupport: snippets = false } = updates.editor.textDocument?.completion?.completionItem ?? {};
    return state ? completionsAt(state, position, { places, snippets }) : null;
  });
  connection.onCompletionResolve((item) => resolveCompletion(item));
  connection.onCodeLens(({ textDocument }) => {
    const state = states.now(textDocument.uri);
    return state ? codeLenses(state) : [];
  });
  connection.onCodeLensResolve(async (lens) => resolveLens(lens, await states.settled(lens.data)));
  connection.onCodeAction(async ({ textDocument, range, context }) => {
    const state = await states.settled(textDocument.uri);
    return state ? codeActions(state, range, context, places) : [];
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
  const asked = (uri: string) => states.settled(uri, patienceOfCommands);
  connection.onRequest('rankwise/resolve', async ({ uri, ...wanted }: LanguageRequests['rankwise/resolve']['params']) =>
    resolveRecipe(await asked(uri), states.files, wanted),
  );
  connection.onRequest('rankwise/spectrum', async ({ uri }: LanguageRequests['rankwise/spectrum']['params']) =>
    spectrumOf(await asked(uri)),
  );
  connection.onRequest('rankwise/import', async ({ uri }: LanguageRequests['rankwise/import']['params']) =>
    importRecipe(uri),
  );
  connection.onRequest('rankwise/differences', ({ uri, others }: LanguageRequests['rankwise/differences']['params']) =>
    differencesOf([uri, ...others]),
  );
  connection.onRequest('rankwise/python', async ({ uri }: LanguageRequests['rankwise/python']['params']) =>
    pythonCode(await asked(uri)),
  );
  connection.onRequest('rankwise/loading', ({ record }: LanguageRequests['rankwise/loading']['params']) =>
    loadingOf(record),
  );
  connection.onRequest('rankwise/compare', async ({ uri, entry }: LanguageRequests['rankwise/compare']['params']) =>
    comparisonOf(await asked(uri), entry),
  );
  connection.onRequest(
    'rankwise/methodEdit',
    async ({ uri, ...wanted }: LanguageRequests['rankwise/methodEdit']['params']) =>
      methodEdit(await asked(uri), wanted),
  );
  connection.onRequest(
    'rankwise/rankEdit',
    async ({ uri, ...wanted }: LanguageRequests['rankwise/rankEdit']['params']) => rankEdit(await asked(uri), wanted),
  );
  const compared = new ComparedRuns();
  connection.onRequest('rankwise/comparedRuns', ({ records }: LanguageRequests['rankwise/comparedRuns']['params']) =>
    compared.of(records),
  );
  connection.onRequest(
    'rankwise/runEdit',
    async ({ uri, run, swept }: LanguageRequests['rankwise/runEdit']['params']) =>
      runEdit(await asked(uri), run, swept),
  );

  documents.listen(connection);
  connection.listen();
}
