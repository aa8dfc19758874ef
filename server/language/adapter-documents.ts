/**
 * Asks the editor for adapter_config.json, beside the recipes that it sends anyway. Registered one by one: whatever else the server does for
 * recipes (formatting, links) the editor's own JSON support does for these.
 */
import {
  type ClientCapabilities,
  type Connection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  HoverRequest,
  TextDocumentSyncKind,
} from 'vscode-languageserver';

const documentSelector = ['json', 'jsonc'].map((language) => ({
  language,
  scheme: 'file',
  pattern: '**/adapter_config.json',
}));

export function registerAdapterConfigs(connection: Connection, editor: ClientCapabilities): void {
  const { synchronization, hover, diagnostic } = editor.textDocument ?? {};
  if (!synchronization?.dynamicRegistration) return;
  const { client } = connection;
  void client.register(DidOpenTextDocumentNotification.type, { documentSelector });
  void client.register(DidCloseTextDocumentNotification.type, { documentSelector });
  void client.register(DidChangeTextDocumentNotification.type, {
    documentSelector,
    syncKind: TextDocumentSyncKind.Incremental,
  });
  if (hover?.dynamicRegistration) void client.register(HoverRequest.type, { documentSelector });
  if (diagnostic?.dynamicRegistration)
    void client.register(DocumentDiagnosticRequest.type, {
      documentSelector,
      identifier: 'rankwise-adapters',
      interFileDependencies: true,
      workspaceDiagnostics: false,
    });
}
