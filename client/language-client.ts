/** The language server: a process of its own over Node IPC, started with the first recipe that is opened. */
import { type ExtensionContext, type LogOutputChannel, type TextDocument, type Uri, workspace } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { BackendName } from '../server/protocol/backends.ts';
import type { LanguageRequests } from '../server/protocol/language.ts';

type Params = LanguageRequests['rankwise/resolve']['params'];
type Resolved = LanguageRequests['rankwise/resolve']['result'];

/** Starts at most once; everyone who needs the server waits for the same start. */
export class Language {
  private readonly context: ExtensionContext;
  private readonly log: LogOutputChannel;
  private starting: Promise<LanguageClient> | undefined;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.context = context;
    this.log = log;
  }

  /** Starts the server when a recipe is open, or as soon as one is. */
  watch(): void {
    const start = (document: TextDocument) => {
      if (document.languageId === 'peft')
        this.started().catch((error) => this.log.error(`the language server did not start: ${error}`));
    };
    this.context.subscriptions.push(workspace.onDidOpenTextDocument(start));
    workspace.textDocuments.forEach(start);
  }

  /** The recipe as it is to be launched, or what stands against that. */
  async resolve(uri: Uri): Promise<Resolved> {
    const client = await this.started();
    // Read at each launch, for the recipe's folder: a change of the setting needs no restart.
    const backend = workspace.getConfiguration('rankwise', uri).get<'auto' | BackendName>('backend', 'auto');
    const params: Params = { uri: client.code2ProtocolConverter.asUri(uri), backend };
    return client.sendRequest<Resolved>('rankwise/resolve', params);
  }

  async stop(): Promise<void> {
    const client = await this.starting?.catch(() => undefined);
    await client?.dispose();
  }

  private started(): Promise<LanguageClient> {
    this.starting ??= this.start();
    return this.starting;
  }

  private async start(): Promise<LanguageClient> {
    // Loaded here: the library costs more than the whole rest of the activation.
    const { LanguageClient, RevealOutputChannelOn, TransportKind } = await import('vscode-languageclient/node');
    const module = this.context.asAbsolutePath('dist/language.js');
    const client = new LanguageClient(
      'rankwise',
      'Rankwise',
      {
        run: { module, transport: TransportKind.ipc },
        debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6011'] } },
      },
      {
        documentSelector: [
          { language: 'peft', scheme: 'file' },
          { language: 'peft', scheme: 'untitled' },
        ],
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        progressOnInitialization: false,
      },
    );
    await client.start();
    return client;
  }
}
