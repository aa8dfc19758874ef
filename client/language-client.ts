/** The language server: a process of its own over Node IPC, started with the first recipe that is opened. */
import { EventEmitter, type ExtensionContext, type LogOutputChannel, type TextDocument, Uri, workspace } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { BackendName } from '../server/protocol/backends.ts';
import type { ComparedRun } from '../server/protocol/comparison.ts';
import type { LanguageNotifications, LanguageRequests } from '../server/protocol/language.ts';
import type { RunRecord } from '../server/protocol/runs.ts';

type Name = keyof LanguageRequests;
type Params<K extends Name> = Omit<LanguageRequests[K]['params'], 'uri'>;
type Result<K extends Name> = LanguageRequests[K]['result'];

/** A small nursery: 30 MB less on a model of 10,000 tensors, at no cost that shows. The bench starts the server so, too. */
const small = ['--max-semi-space-size=2'];

/** Starts at most once; everyone who needs the server waits for the same start. */
export class Language {
  private readonly context: ExtensionContext;
  private readonly log: LogOutputChannel;
  private starting: Promise<LanguageClient> | undefined;
  private readonly changes = new EventEmitter<void>();
  /** Files or settings that the server had answered by are others now. */
  readonly onWorldChanged = this.changes.event;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.context = context;
    this.log = log;
  }

  /** Starts the server when a recipe or an adapter's configuration is open, or as soon as one is. */
  watch(): void {
    const start = (document: TextDocument) => {
      const { languageId, uri } = document;
      if (languageId === 'peft' || (uri.scheme === 'file' && uri.path.endsWith('/adapter_config.json')))
        this.started().catch((error) => this.log.error(`the language server did not start: ${error}`));
    };
    this.context.subscriptions.push(workspace.onDidOpenTextDocument(start));
    workspace.textDocuments.forEach(start);
  }

  /** Once the server answers. */
  async ready(): Promise<void> {
    await this.started();
  }

  /** The recipe as it is to be launched, or what stands against that; `launch: false` asks for less: what only training needs may lack. */
  async resolve(uri: Uri, { launch = true } = {}): Promise<Result<'rankwise/resolve'>> {
    // Read at each launch, for the recipe's folder: a change of the setting needs no restart.
    const backend = workspace.getConfiguration('rankwise', uri).get<'auto' | BackendName>('backend', 'auto');
    return this.ask('rankwise/resolve', uri, { backend, launch });
  }

  /** The model of a recipe and what its methods take of the matrices, or why that is not known. */
  spectrum(uri: Uri): Promise<Result<'rankwise/spectrum'>> {
    return this.askOpened('rankwise/spectrum', uri, {});
  }

  /** What to write into the recipe, which is open, so that a matrix gets a rank; or why not. */
  rankEdit(uri: Uri, wanted: Params<'rankwise/rankEdit'>): Promise<Result<'rankwise/rankEdit'>> {
    return this.ask('rankwise/rankEdit', uri, wanted);
  }

  /** The model of a recipe as text, or why it is not known. */
  outline(uri: Uri): Promise<Result<'rankwise/outline'>> {
    return this.askOpened('rankwise/outline', uri, {});
  }

  /** In which fields recipes differ. */
  differences([first, ...others]: readonly [Uri, ...Uri[]]): Promise<Result<'rankwise/differences'>> {
    return this.ask('rankwise/differences', first, { others: others.map(String) });
  }

  /** A file of another tool as a recipe, or why not. */
  importFile(file: Uri): Promise<Result<'rankwise/import'>> {
    return this.ask('rankwise/import', file, {});
  }

  /** The recipe as code for PEFT, or what stands against that. */
  python(uri: Uri): Promise<Result<'rankwise/python'>> {
    return this.askOpened('rankwise/python', uri, {});
  }

  /** Code that loads what a run has made. */
  async loading(record: RunRecord): Promise<Result<'rankwise/loading'>> {
    const client = await this.started();
    return client.sendRequest<Result<'rankwise/loading'>>('rankwise/loading', { record });
  }

  /** Every method on the matrices of an entry, or why that is not known. */
  compare(uri: Uri, entry?: number): Promise<Result<'rankwise/compare'>> {
    return this.askOpened('rankwise/compare', uri, { ...(entry !== undefined && { entry }) });
  }

  /** What to write into the recipe, which is open, so that an entry uses another method; or why not. */
  methodEdit(uri: Uri, wanted: Params<'rankwise/methodEdit'>): Promise<Result<'rankwise/methodEdit'>> {
    return this.ask('rankwise/methodEdit', uri, wanted);
  }

  /** What runs came to so far. */
  async comparedRuns(records: RunRecord[]): Promise<ComparedRun[]> {
    const client = await this.started();
    return client.sendRequest<ComparedRun[]>('rankwise/comparedRuns', { records });
  }

  /** What to write into a recipe so that it trains as a run did; or why not. */
  runEdit(uri: Uri, wanted: Params<'rankwise/runEdit'>): Promise<Result<'rankwise/runEdit'>> {
    return this.askOpened('rankwise/runEdit', uri, wanted);
  }

  async stop(): Promise<void> {
    this.changes.dispose();
    const client = await this.starting?.catch(() => undefined);
    await client?.dispose();
  }

  /** The server knows open documents only. */
  private async askOpened<K extends Name>(name: K, uri: Uri, params: Params<K>): Promise<Result<K>> {
    await workspace.openTextDocument(uri);
    return this.ask(name, uri, params);
  }

  private async ask<K extends Name>(name: K, uri: Uri, params: Params<K>): Promise<Result<K>> {
    const client = await this.started();
    return client.sendRequest<Result<K>>(name, { uri: client.code2ProtocolConverter.asUri(uri), ...params });
  }

  private started(): Promise<LanguageClient> {
    this.starting ??= this.start();
    return this.starting;
  }

  private async start(): Promise<LanguageClient> {
    // A file of its own: reading it costs more than the whole rest of the activation.
    const { LanguageClient, RevealOutputChannelOn, TransportKind } = await import('./libraries/language-client.ts');
    const module = this.context.asAbsolutePath('dist/language.js');
    const client = new LanguageClient(
      'rankwise',
      'Rankwise',
      {
        run: { module, transport: TransportKind.ipc, options: { execArgv: small } },
        debug: {
          module,
          transport: TransportKind.ipc,
          options: { execArgv: [...small, '--nolazy', '--inspect=6011'] },
        },
      },
      {
        documentSelector: [
          { language: 'peft', scheme: 'file' },
          { language: 'peft', scheme: 'untitled' },
        ],
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        progressOnInitialization: false,
        initializationOptions: { rulePages: Uri.joinPath(this.context.extensionUri, 'docs/rules/').toString() },
      },
    );
    client.onNotification('rankwise/worldChanged' satisfies keyof LanguageNotifications, () => this.changes.fire());
    await client.start();
    return client;
  }
}
