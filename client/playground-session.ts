/** A playground's models in the daemon: loaded when they are first needed, and again after they were let go. No editor in here. */
import { type ErrorData, errorData, RankwiseError } from '../server/base/errors.ts';
import type { PlaygroundAsk, PlaygroundItem, PlaygroundParams } from '../server/protocol/generation.ts';
import type { DaemonClient } from '../server/wire/client.ts';

export interface SessionOptions {
  daemon: Pick<DaemonClient, 'request' | 'on' | 'daemon'>;
  params: PlaygroundParams;
  onItem(item: PlaygroundItem): void;
  onState(state: 'loading' | 'idle', reason?: 'unused'): void;
  onFailed(error: ErrorData): void;
}

export class PlaygroundSession {
  private readonly options: SessionOptions;
  private readonly listeners: (() => void)[];
  /** The daemon's name of it, once it is known. */
  private opened: Promise<string> | undefined;
  private id: string | undefined;
  private disposed = false;

  constructor(options: SessionOptions) {
    this.options = options;
    const { daemon } = options;
    const own = (playground: string) => this.id !== undefined && playground === this.id;
    this.listeners = [
      daemon.on('playgroundItem', ({ playground, item }) => {
        if (own(playground)) options.onItem(item);
      }),
      daemon.on('playgroundEnded', ({ playground, error }) => {
        if (!own(playground)) return;
        this.forget();
        if (error) options.onFailed(error);
        else options.onState('idle', 'unused');
      }),
      daemon.on('disconnected', () => {
        if (this.opened === undefined) return;
        this.forget();
        options.onFailed(errorData(lost));
      }),
    ];
  }

  /** Has the models loaded, where they are not. Errors go to `onFailed`. */
  async load(): Promise<string | undefined> {
    if (!this.opened) {
      this.options.onState('loading');
      const { daemon, params } = this.options;
      this.opened = daemon.request('openPlayground', params).then(({ playground }) => {
        this.id = playground;
        return playground;
      });
    }
    const { opened } = this;
    try {
      const id = await opened;
      if (this.disposed) this.leave(id);
      return this.disposed ? undefined : id;
    } catch (error) {
      if (this.opened === opened) this.forget();
      if (!this.disposed) this.options.onFailed(errorData(error));
      return undefined;
    }
  }

  /** Asks, loading first where that is needed. */
  async ask(ask: PlaygroundAsk): Promise<void> {
    const id = await this.load();
    if (id === undefined) return;
    try {
      await this.options.daemon.request('askPlayground', { playground: id, ask });
    } catch (error) {
      this.options.onFailed(errorData(error));
    }
  }

  /** Says it where there is something to stop. */
  stop(id: string): void {
    if (this.id === undefined) return;
    const stopping = { playground: this.id, ask: { type: 'stop' as const, id } };
    this.options.daemon.request('askPlayground', stopping).catch(() => {}); // it has ended meanwhile
  }

  dispose(): void {
    this.disposed = true;
    for (const remove of this.listeners) remove();
    if (this.id !== undefined) this.leave(this.id);
    this.forget();
  }

  private leave(id: string): void {
    const { daemon } = this.options;
    if (daemon.daemon) daemon.request('closePlayground', { playground: id }).catch(() => {}); // gone with its daemon
  }

  private forget(): void {
    this.opened = undefined;
    this.id = undefined;
  }
}

const lost = new RankwiseError('daemon-connection-lost', 'The daemon that held the model is gone.', {
  kind: 'runtime',
  hint: 'Generate again: the model is then loaded anew.',
});
