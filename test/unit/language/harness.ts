/**
 * A feature test in ten lines: a temporary folder with files, the real language server in this process behind streams, and a
 * real protocol client. `‸` in the opened text marks the cursor and is taken out before the server sees it.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'vitest';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  DefinitionLink,
  Diagnostic,
  DocumentDiagnosticReport,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InitializeParams,
  InitializeResult,
  InlayHint,
  Position,
  Range,
  SemanticTokens,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver-protocol';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { startServer } from '../../../server/language/server.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** What an editor can do, as far as the server asks; VS Code's answers. */
export const editor: InitializeParams['capabilities'] = {
  textDocument: {
    diagnostic: {},
    hover: { contentFormat: ['markdown'] },
    publishDiagnostics: {},
    definition: { linkSupport: true },
  },
  workspace: {
    diagnostics: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    configuration: true,
  },
};

export class Client {
  readonly folder: string;
  readonly connection: MessageConnection;
  /** What the server pushed, by URI; only for editors that do not pull. */
  readonly published = new Map<string, Diagnostic[]>();
  readonly refreshes: string[] = [];
  /** Globs that the server asked to be told about. */
  readonly watched: string[] = [];
  readonly logged: string[] = [];
  /** The setting `rankwise.severity`. */
  severity: Record<string, string> = {};
  private document!: TextDocument;
  cursor: Position = { line: 0, character: 0 };

  constructor(folder: string) {
    this.folder = folder;
    const [up, down] = [new PassThrough(), new PassThrough()];
    startServer(createConnection(ProposedFeatures.all, new StreamMessageReader(up), new StreamMessageWriter(down)));
    this.connection = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
    this.connection.onNotification(
      'textDocument/publishDiagnostics',
      (p) => void this.published.set(p.uri, p.diagnostics),
    );
    this.connection.onNotification('window/logMessage', (p) => void this.logged.push(p.message));
    this.connection.onRequest('client/registerCapability', (p) => {
      for (const r of p.registrations)
        for (const w of r.registerOptions?.watchers ?? []) this.watched.push(w.globPattern);
      return null;
    });
    this.connection.onRequest('workspace/configuration', () => [this.severity]);
    for (const what of ['diagnostic', 'inlayHint', 'codeLens'])
      this.connection.onRequest(`workspace/${what}/refresh`, () => {
        this.refreshes.push(what);
        return null;
      });
    this.connection.listen();
  }

  private initialized!: Promise<InitializeResult>;

  async initialize(capabilities = editor): Promise<InitializeResult> {
    const params: InitializeParams = {
      processId: null,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(this.folder).href, name: 'test' }],
      capabilities,
    };
    this.initialized = this.connection.sendRequest<InitializeResult>('initialize', params);
    const result = await this.initialized;
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  path = (name: string): string => path.join(this.folder, name);
  get uri(): string {
    return this.document.uri;
  }
  get text(): string {
    return this.document.getText();
  }

  async open(name: string, marked: string): Promise<void> {
    const offset = marked.indexOf('‸');
    const text = marked.replace('‸', '');
    this.document = TextDocument.create(pathToFileURL(this.path(name)).href, 'peft', 1, text);
    if (offset >= 0) this.cursor = this.document.positionAt(offset);
    const textDocument = { uri: this.uri, languageId: 'peft', version: 1, text };
    await this.connection.sendNotification('textDocument/didOpen', { textDocument });
  }

  /** Types `text` over the first occurrence of `old`, as an incremental change. */
  async type(old: string, text: string): Promise<void> {
    const at = this.text.indexOf(old);
    if (at < 0) throw new Error(`"${old}" is not in the document`);
    const range = { start: this.document.positionAt(at), end: this.document.positionAt(at + old.length) };
    this.document = TextDocument.update(this.document, [{ range, text }], this.document.version + 1);
    const { uri, version } = this.document;
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    });
  }

  request<R>(method: string, more: object = {}): Promise<R> {
    return this.connection.sendRequest<R>(method, { textDocument: { uri: this.uri }, ...more });
  }
  async diagnostics(): Promise<Diagnostic[]> {
    const report = await this.request<DocumentDiagnosticReport>('textDocument/diagnostic');
    return report.kind === 'full' ? report.items : [];
  }
  /** Hover text at the cursor, or at the first occurrence of `word`. */
  async hover(word?: string): Promise<string> {
    const position = word === undefined ? this.cursor : this.positionOf(word);
    const hover = await this.request<Hover | null>('textDocument/hover', { position });
    return hover === null ? '' : (hover.contents as { value: string }).value;
  }
  async completions(): Promise<CompletionItem[]> {
    const list = await this.request<{ items: CompletionItem[] }>('textDocument/completion', { position: this.cursor });
    return list.items;
  }
  resolveCompletion = (item: CompletionItem): Promise<CompletionItem> =>
    this.connection.sendRequest('completionItem/resolve', item);
  inlays = (): Promise<InlayHint[]> => this.request('textDocument/inlayHint', { range: this.all });
  /** The text with every inlay written in, as `⟨…⟩`. */
  async annotated(): Promise<string> {
    const hints = await this.inlays();
    const edits = hints.map((h) => ({ range: { start: h.position, end: h.position }, newText: `⟨${h.label}⟩` }));
    return TextDocument.applyEdits(this.document, edits);
  }
  lenses = (): Promise<CodeLens[]> => this.request('textDocument/codeLens');
  resolveLens = (lens: CodeLens): Promise<CodeLens> => this.connection.sendRequest('codeLens/resolve', lens);
  async actions(diagnostic: Diagnostic): Promise<CodeAction[]> {
    const context = { diagnostics: [diagnostic] };
    return this.request('textDocument/codeAction', { range: diagnostic.range, context });
  }
  symbols = (): Promise<DocumentSymbol[]> => this.request('textDocument/documentSymbol');
  folds = (): Promise<FoldingRange[]> => this.request('textDocument/foldingRange');
  links = (): Promise<DocumentLink[]> => this.request('textDocument/documentLink');
  /** Where what stands at the cursor, or at the first occurrence of `word`, leads. */
  definition = (word?: string): Promise<DefinitionLink[]> =>
    this.request('textDocument/definition', { position: word === undefined ? this.cursor : this.positionOf(word) });
  /** The text after the rename of what stands at the cursor, or at the first occurrence of `word`; rejects where it is refused. */
  async renamed(newName: string, word?: string): Promise<string> {
    const position = word === undefined ? this.cursor : this.positionOf(word);
    const edit = await this.request<WorkspaceEdit>('textDocument/rename', { position, newName });
    return this.apply(edit.changes![this.uri]!);
  }
  /** "type text", or "type! text" for what is missing, in the order of the text. */
  async tokens(range?: Range): Promise<string[]> {
    const { tokenTypes } = (await this.initialized).capabilities.semanticTokensProvider!.legend;
    const { data } = await this.request<SemanticTokens>(
      `textDocument/semanticTokens/${range ? 'range' : 'full'}`,
      range && { range },
    );
    let [line, character] = [0, 0];
    return Array.from({ length: data.length / 5 }, (_, i) => {
      const [lines, characters, length, type, missing] = data.slice(5 * i) as [number, number, number, number, number];
      character = lines === 0 ? character + characters : characters;
      line += lines;
      const text = this.text.split('\n')[line]!.slice(character, character + length);
      return `${tokenTypes[type]}${missing ? '!' : ''} ${text}`;
    });
  }
  workspaceSymbols = (query: string): Promise<WorkspaceSymbol[]> =>
    this.connection.sendRequest('workspace/symbol', { query });
  outline = (): Promise<{ uri: string; text: string } | { diagnostics: unknown[] }> =>
    this.connection.sendRequest('rankwise/outline', { uri: this.uri });
  async formatted(): Promise<string> {
    const options = { tabSize: 2, insertSpaces: true };
    return this.apply(await this.request<TextEdit[]>('textDocument/formatting', { options }));
  }
  textIn = (range: Range): string => this.document.getText(range);
  apply = (edits: TextEdit[]): string => TextDocument.applyEdits(this.document, edits);

  positionOf(word: string): Position {
    const at = this.text.indexOf(word);
    if (at < 0) throw new Error(`"${word}" is not in the document`);
    return this.document.positionAt(at + 1);
  }
  private get all() {
    return { start: { line: 0, character: 0 }, end: { line: this.document.lineCount, character: 0 } };
  }
}

export interface LanguageTest {
  name: string;
  /** Recipe text; `‸` marks the cursor. */
  recipe: string;
  /** Further files, by relative path; `{ fixture }` copies a file or folder from test/fixtures. */
  files?: Record<string, string | Uint8Array | { fixture: string }>;
  capabilities?: InitializeParams['capabilities'];
  expect: (client: Client) => Promise<void>;
}

export function defineTest({ name, recipe, files = {}, capabilities, expect }: LanguageTest): void {
  test(name, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-language-'));
    for (const [file, content] of Object.entries(files)) {
      const target = path.join(folder, file);
      mkdirSync(path.dirname(target), { recursive: true });
      if (typeof content === 'object' && 'fixture' in content)
        cpSync(path.join(fixtures, content.fixture), target, { recursive: true });
      else writeFileSync(target, content);
    }
    const client = new Client(folder);
    try {
      await client.initialize(capabilities);
      await client.open('recipe.peft', recipe);
      await expect(client);
    } finally {
      await client.connection.sendRequest('shutdown');
      client.connection.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
