/** One typed connection to the daemon. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { createMessageConnection, ResponseError, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { type ErrorData, RankwiseError } from '../base/errors.ts';
import type { DaemonNotifications, DaemonRequests, DaemonStatus } from '../protocol/daemon.ts';
import { BoundedReader } from './framing.ts';

export type RequestName = keyof DaemonRequests;
export type NotificationName = keyof DaemonNotifications;
export type Params<K extends RequestName> = DaemonRequests[K]['params'];
export type Result<K extends RequestName> = DaemonRequests[K]['result'];

export interface DaemonConnection {
  /** Unique per connection. */
  readonly id: string;
  /** The daemon as it presented itself. */
  readonly daemon: DaemonStatus;
  readonly closed: boolean;
  /** Errors are RankwiseErrors: the daemon's own, or `daemon-connection-lost`. */
  request<K extends RequestName>(name: K, params: Params<K>): Promise<Result<K>>;
  /** Returns a function that removes the listener. */
  on<K extends NotificationName>(name: K, listener: (params: DaemonNotifications[K]) => void): () => void;
  onClose(listener: () => void): () => void;
  close(): void;
}

/** Greets the daemon at the other end of a connected socket. Errors: those of `hello`; the socket is closed then. */
export async function greet(socket: Socket, hello: Params<'hello'>, timeoutMs: number): Promise<DaemonConnection> {
  const connection = createMessageConnection(new BoundedReader(socket), new SocketMessageWriter(socket));
  const closeListeners = new Set<() => void>();
  let closed = false;
  const onClosed = () => {
    if (closed) return;
    closed = true;
    // Answers that came just before the end still stand in the connection's queue; what waits after them is rejected.
    setTimeout(() => connection.dispose(), 50);
    for (const listener of closeListeners) listener();
  };
  connection.onError(() => socket.destroy());
  socket.on('close', onClosed);

  const request = async <K extends RequestName>(name: K, params: Params<K>): Promise<Result<K>> => {
    if (closed) throw connectionLost();
    try {
      return await connection.sendRequest<Result<K>>(name, params);
    } catch (error) {
      throw asRankwiseError(error);
    }
  };

  const listeners = new Map<NotificationName, Set<(params: never) => void>>();
  const on: DaemonConnection['on'] = (name, listener) => {
    let set = listeners.get(name);
    if (!set) {
      set = new Set<(params: never) => void>();
      listeners.set(name, set);
      const all = set;
      connection.onNotification(name, (params: unknown) => {
        for (const call of [...all]) call(params as never);
      });
    }
    set.add(listener);
    return () => set.delete(listener);
  };

  connection.listen();
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  try {
    const daemon = await request('hello', hello);
    return {
      id: randomUUID(),
      daemon,
      get closed() {
        return closed;
      },
      request,
      on,
      onClose: (listener) => {
        closeListeners.add(listener);
        return () => closeListeners.delete(listener);
      },
      close: () => socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const connectionLost = () =>
  new RankwiseError('daemon-connection-lost', 'The connection to the daemon was lost.', {
    kind: 'runtime',
    hint: 'Runs go on without it. Try again; `rankwise daemon status` tells whether the daemon lives.',
  });

function asRankwiseError(error: unknown): RankwiseError {
  if (error instanceof ResponseError && isErrorData(error.data)) return RankwiseError.from(error.data);
  if (error instanceof ResponseError && error.code !== -32097 && error.code !== -32099)
    return new RankwiseError('daemon-refused', error.message, { kind: 'runtime' });
  return connectionLost();
}

const isErrorData = (data: unknown): data is ErrorData =>
  typeof data === 'object' && data !== null && typeof (data as ErrorData).code === 'string';
