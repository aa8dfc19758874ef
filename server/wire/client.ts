/** A connection to the daemon that comes back by itself, for clients that live long (editor windows). */
import { RankwiseError } from '../base/errors.ts';
import type { DaemonNotifications, DaemonStatus } from '../protocol/daemon.ts';
import { type ConnectOptions, connectDaemon } from './connect.ts';
import type { DaemonConnection, NotificationName, Params, RequestName, Result } from './connection.ts';

interface ClientEvents extends DaemonNotifications {
  /** Attached (again): the place to `watch` again from the last line seen. */
  connected: DaemonStatus;
  disconnected: Record<string, never>;
}

/** All that a daemon says of its own accord: the type leaves none out. */
const passedOn: Record<NotificationName, true> = {
  runChanged: true,
  runsRemoved: true,
  runEvents: true,
  spectrumItems: true,
  spectrumEnded: true,
  playgroundItem: true,
  playgroundEnded: true,
};

const firstDelay = 200;
const longestDelay = 5000;

export class DaemonClient {
  private readonly options: ConnectOptions;
  private readonly listeners = new Map<keyof ClientEvents, Set<(params: never) => void>>();
  private connection: DaemonConnection | undefined;
  private pending: Promise<DaemonConnection> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private delay = firstDelay;
  private disposed = false;

  constructor(options: ConnectOptions) {
    this.options = options;
  }

  /** The daemon attached to now. */
  get daemon(): DaemonStatus | undefined {
    return this.connection?.daemon;
  }

  /** Attaches to a daemon whenever one is there, without ever starting one: an idle daemon may stop while windows are open. */
  follow(): void {
    if (this.disposed || this.connection || this.timer) return;
    void this.connect(false).catch(() => this.retryLater());
  }

  /** Sends a request, connecting first (and starting the daemon if the options say so). A request is never sent twice. */
  async request<K extends RequestName>(name: K, params: Params<K>): Promise<Result<K>> {
    const connection = await this.connect(this.options.spawn ?? false);
    return connection.request(name, params);
  }

  /** Listeners stay through re-connections. Returns a function that removes the listener. */
  on<K extends keyof ClientEvents>(name: K, listener: (params: ClientEvents[K]) => void): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.connection?.close();
    this.listeners.clear();
  }

  private async connect(spawn: boolean): Promise<DaemonConnection> {
    if (this.disposed) throw new RankwiseError('daemon-connection-lost', 'The client was closed.', { kind: 'runtime' });
    if (this.connection && !this.connection.closed) return this.connection;
    if (this.pending) {
      // An attempt under way may be one that starts nothing; ours may.
      const connection = await this.pending.catch(() => undefined);
      return connection ?? this.connect(spawn);
    }
    this.pending = connectDaemon({ ...this.options, spawn });
    try {
      const connection = await this.pending;
      this.attach(connection);
      return connection;
    } finally {
      this.pending = undefined;
    }
  }

  private attach(connection: DaemonConnection): void {
    if (this.disposed) {
      connection.close();
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.delay = firstDelay;
    this.connection = connection;
    for (const name of Object.keys(passedOn) as NotificationName[])
      connection.on(name, (params) => this.emit(name, params));
    connection.onClose(() => {
      this.connection = undefined;
      if (this.disposed) return;
      this.emit('disconnected', {});
      this.retryLater();
    });
    this.emit('connected', connection.daemon);
  }

  private retryLater(): void {
    if (this.disposed || this.connection || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.delay = Math.min(longestDelay, this.delay * 2);
      this.follow();
    }, this.delay);
    this.timer.unref();
  }

  private emit<K extends keyof ClientEvents>(name: K, params: ClientEvents[K]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])] as ((p: ClientEvents[K]) => void)[]) listener(params);
  }
}
