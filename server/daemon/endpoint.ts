/** The socket: who may speak, and in which bounds. Whatever a client sends, at most its own connection ends. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  type Logger,
  type MessageConnection,
  ResponseError,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import { errorData, RankwiseError } from '../base/errors.ts';
import { type DaemonNotifications, type DaemonStatus, protocolVersion } from '../protocol/daemon.ts';
import { BoundedReader, greetingLimit, messageLimit } from '../wire/framing.ts';
import type { SpectrumClient } from './parcels.ts';
import type { PlaygroundClient } from './playgrounds.ts';
import { type Daemon, handlers } from './requests.ts';
import type { Watcher } from './watches.ts';

/** A client that does not read is cut off when this much waits for it. */
const backlogLimit = 64 * 2 ** 20;
/** Above this, events of a watched run wait in the file, and parts of a spectrum in memory. */
const backlogEasy = 2 ** 20;
const greetingTime = 5000;
/** ms for the last words to clients before the daemon ends. */
const farewellTime = 500;
const connectionLimit = 256;
const silent: Logger = { error: () => {}, warn: () => {}, info: () => {}, log: () => {} };

export class Endpoint {
  readonly server: Server;
  private readonly daemon: Daemon;
  private readonly tokenHash: Buffer;
  private readonly clients = new Set<Client>();
  /** Called for every request, and with the version of every new client. */
  private readonly onActivity: (clientVersion?: string) => void;

  constructor(daemon: Daemon, token: string, onActivity: (clientVersion?: string) => void) {
    this.daemon = daemon;
    this.tokenHash = sha256(token);
    this.onActivity = onActivity;
    this.server = createServer((socket) => this.accept(socket));
    this.server.maxConnections = connectionLimit;
    this.server.on('error', (error) => daemon.log('error', 'the socket failed', error));
  }

  broadcast<K extends keyof DaemonNotifications>(name: K, params: DaemonNotifications[K]): void {
    for (const client of this.clients) client.notify(name, params);
  }

  /** What was told last still goes out; a client that does not read is not waited for. */
  async close(): Promise<void> {
    const told = Promise.all([...this.clients].map((client) => client.told));
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, farewellTime))]);
    this.server.close();
    for (const client of this.clients) client.close();
  }

  private accept(socket: Socket): void {
    const reader = new BoundedReader(socket, greetingLimit);
    const connection = createMessageConnection(reader, new SocketMessageWriter(socket), silent);
    const client = new Client(socket, connection);
    let greeted = false;
    const timer = setTimeout(() => socket.destroy(), greetingTime);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      clearTimeout(timer);
      this.clients.delete(client);
      this.daemon.watches.stopAll(client);
      this.daemon.spectra.stopAll(client);
      this.daemon.playgrounds.closeAll(client);
      connection.dispose();
    });
    connection.onError(() => socket.destroy());
    connection.onRequest(async (method: string, params: unknown) => {
      if (!greeted) {
        const status = this.greet(method, params, socket);
        greeted = true;
        reader.limit = messageLimit;
        clearTimeout(timer);
        this.clients.add(client);
        return status;
      }
      this.onActivity();
      return this.answer(method, params, client);
    });
    connection.onNotification(() => {
      if (!greeted) socket.destroy();
    });
    connection.listen();
  }

  /** The handshake; refusals close the connection, after the answer where there is one. */
  private greet(method: string, params: unknown, socket: Socket): DaemonStatus {
    const { token, protocol, version } = asObject(params);
    const refuse = (error: RankwiseError): never => {
      setTimeout(() => socket.destroy(), 20);
      throw refusal(error);
    };
    if (method !== 'hello' || typeof token !== 'string' || !timingSafeEqual(sha256(token), this.tokenHash))
      return refuse(new RankwiseError('wrong-token', 'The daemon does not know this client.', { kind: 'runtime' }));
    if (typeof protocol !== 'number' || protocol < protocolVersion)
      return refuse(
        new RankwiseError('protocol-mismatch', 'The running daemon is newer than this client.', {
          kind: 'runtime',
          hint: 'Reload the window, or update Rankwise here too.',
        }),
      );
    this.onActivity(typeof version === 'string' ? version : undefined);
    return this.daemon.status();
  }

  private async answer(method: string, params: unknown, client: Client): Promise<unknown> {
    if (!Object.hasOwn(handlers, method))
      throw new ResponseError(ErrorCodes.MethodNotFound, `The daemon has no request ${JSON.stringify(method)}.`);
    try {
      if (method !== 'status') await this.daemon.ready;
      return await handlers[method as keyof typeof handlers](this.daemon, asObject(params), client);
    } catch (error) {
      if (!(error instanceof RankwiseError)) this.daemon.log('error', `the request ${method} failed`, error);
      throw refusal(error);
    }
  }
}

class Client implements Watcher, SpectrumClient, PlaygroundClient {
  private readonly socket: Socket;
  private readonly connection: MessageConnection;
  /** Resolves when the last notification is on its way. */
  told: Promise<void> = Promise.resolve();

  constructor(socket: Socket, connection: MessageConnection) {
    this.socket = socket;
    this.connection = connection;
  }

  notify<K extends keyof DaemonNotifications>(name: K, params: DaemonNotifications[K]): void {
    if (this.socket.destroyed) return;
    if (this.socket.writableLength > backlogLimit) this.socket.destroy();
    else this.told = this.connection.sendNotification(name, params).catch(() => void this.socket.destroy());
  }

  send(run: string, events: DaemonNotifications['runEvents']['events'], next: number): void {
    this.notify('runEvents', { run, events, next });
  }

  async drained(): Promise<void> {
    while (!this.socket.destroyed && this.socket.writableLength > backlogEasy)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close(): void {
    this.socket.end();
  }
}

/** Positional parameters, or none, become an object without the fields that handlers look for. */
const asObject = (params: unknown): Record<string, unknown> =>
  typeof params === 'object' && params !== null && !Array.isArray(params) ? (params as Record<string, unknown>) : {};

const refusal = (error: unknown) => {
  const data = errorData(error);
  return new ResponseError(ErrorCodes.InvalidRequest, data.message, data);
};

/** Hashes have one length, so that comparing them tells nothing about the token's. */
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
