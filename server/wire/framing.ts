/**
 * Reads JSON-RPC messages framed with Content-Length, with bounds: the stock reader would buffer whatever length a peer announces.
 * A message that is too long, not framed or not a JSON-RPC object ends the connection, and only that.
 */
import type { Socket } from 'node:net';
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-jsonrpc/node';

/** Enough for a recipe with every rank pattern of a large model, and for a page of run events. */
export const messageLimit = 16 * 2 ** 20;
/** Before the handshake nobody is trusted with more than a token. */
export const greetingLimit = 4096;
const headerLimit = 1024;

export class BoundedReader extends AbstractMessageReader {
  /** Bytes that one message may have. */
  limit: number;
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private buffered = 0;
  /** Length of the body being gathered; undefined while reading a header. */
  private awaited: number | undefined;

  constructor(socket: Socket, limit: number = messageLimit) {
    super();
    this.socket = socket;
    this.limit = limit;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (data: Buffer) => {
      try {
        this.take(data, callback);
      } catch (error) {
        this.fireError(error);
        this.socket.destroy();
      }
    };
    this.socket.on('data', onData);
    this.socket.on('close', () => this.fireClose());
    this.socket.on('error', (error) => this.fireError(error));
    return { dispose: () => this.socket.off('data', onData) };
  }

  private take(data: Buffer, callback: DataCallback): void {
    this.chunks.push(data);
    this.buffered += data.length;
    for (;;) {
      if (this.awaited === undefined && !this.readHeader()) return;
      if (this.awaited === undefined || this.buffered < this.awaited) return;
      const all = this.join();
      const body = all.subarray(0, this.awaited);
      this.keep(all.subarray(this.awaited));
      this.awaited = undefined;
      callback(parseMessage(body));
      if (this.socket.destroyed) return;
    }
  }

  private readHeader(): boolean {
    const all = this.join();
    const end = all.indexOf('\r\n\r\n');
    if (end > headerLimit || (end < 0 && all.length > headerLimit)) throw new Error('The message header is too long.');
    if (end < 0) return false;
    const match = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(all.toString('latin1', 0, end));
    if (!match) throw new Error('The message has no Content-Length.');
    const length = Number(match[1]);
    if (length > this.limit) throw new Error(`A message of ${length} bytes exceeds the limit of ${this.limit}.`);
    this.awaited = length;
    this.keep(all.subarray(end + 4));
    return true;
  }

  private join(): Buffer {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0]!;
  }

  private keep(rest: Buffer): void {
    this.chunks = [rest];
    this.buffered = rest.length;
  }
}

function parseMessage(body: Buffer): Message {
  const message: unknown = JSON.parse(body.toString('utf8'));
  if (typeof message !== 'object' || message === null || (message as Message).jsonrpc !== '2.0')
    throw new Error('The message is not a JSON-RPC 2.0 object.');
  return message as Message;
}
