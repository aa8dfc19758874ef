/**
 * Models that stay loaded for a playground, each in a worker process. One belongs to the connection that opened it, and ends with it, when it is closed,
 * or when nothing was asked for a while: loading it again is what that costs.
 */
import { randomUUID } from 'node:crypto';
import { type ErrorData, errorData, RankwiseError } from '../base/errors.ts';
import type { DaemonNotifications } from '../protocol/daemon.ts';
import type { PlaygroundAsk, PlaygroundParams } from '../protocol/generation.ts';
import { endJob, type RunningJob, startJob } from '../wire/worker.ts';

/** What a playground needs of its connection. */
export interface PlaygroundClient {
  notify<K extends 'playgroundItem' | 'playgroundEnded'>(name: K, params: DaemonNotifications[K]): void;
}

interface Playground {
  client: PlaygroundClient;
  job: RunningJob<'playground'>;
  gone: Promise<void>;
  idle?: NodeJS.Timeout;
  /** Prompts without an end of each side yet. */
  writing: number;
  /** Why it was ended from here. */
  why?: 'closed' | 'idle' | 'stopped';
}

export interface PlaygroundOptions {
  script: string;
  /** Without a prompt under way. */
  idleMilliseconds: number;
  /** Of all clients together: each takes the memory of a model. */
  atOnce: number;
  onIdle: () => void;
}

export class Playgrounds {
  private readonly options: PlaygroundOptions;
  private readonly open = new Map<string, Playground>();
  private closed = false;

  constructor(options: PlaygroundOptions) {
    this.options = options;
  }

  get size(): number {
    return this.open.size;
  }

  /** Its items come as `playgroundItem`, `loaded` first. Errors: `too-many-playgrounds`, `daemon-stopped`. */
  start(client: PlaygroundClient, params: PlaygroundParams): string {
    if (this.closed) throw RankwiseError.from(stopped);
    if (this.open.size >= this.options.atOnce)
      throw new RankwiseError('too-many-playgrounds', `${this.open.size} playgrounds hold models already.`, {
        kind: 'runtime',
        hint: 'Close one of their panels.',
      });
    const id = randomUUID();
    const job = startJob({
      script: this.options.script,
      job: 'playground',
      params,
      onItem: (item) => {
        if (item.type === 'ended' || item.type === 'failed') playground.writing--;
        if (item.type !== 'text') this.wait(playground);
        if (!playground.why) client.notify('playgroundItem', { playground: id, item });
      },
    });
    const gone = job.result
      .then(
        () => undefined,
        (error: unknown) => errorData(error),
      )
      .then((error) => this.ended(id, error));
    const playground: Playground = { client, job, gone, writing: 0 };
    this.open.set(id, playground);
    return id;
  }

  /** Errors: `playground-ended`. */
  ask(client: PlaygroundClient, id: string, ask: PlaygroundAsk): void {
    const playground = this.open.get(id);
    if (playground?.client !== client || playground.why)
      throw new RankwiseError('playground-ended', 'The playground has let its model go.', {
        kind: 'runtime',
        hint: 'Open it again: the model is then loaded anew.',
      });
    if (ask.type === 'write') playground.writing += ask.sides.length;
    this.wait(playground);
    playground.job.ask(ask);
  }

  /** One that has ended, or is another client's, is left alone. */
  close(client: PlaygroundClient, id: string): void {
    const playground = this.open.get(id);
    if (playground?.client === client) this.end(playground, 'closed');
  }

  closeAll(client: PlaygroundClient): void {
    for (const playground of this.open.values()) if (playground.client === client) this.end(playground, 'closed');
  }

  /** Ends all, and tells their clients. Resolves when no worker is left. */
  async stop(): Promise<void> {
    this.closed = true;
    const all = [...this.open.values()];
    for (const playground of all) this.end(playground, 'stopped');
    await Promise.all(all.map(({ gone }) => gone));
  }

  private wait(playground: Playground): void {
    clearTimeout(playground.idle);
    if (playground.writing > 0 || playground.why) return;
    playground.idle = setTimeout(() => this.end(playground, 'idle'), this.options.idleMilliseconds);
  }

  private end(playground: Playground, why: NonNullable<Playground['why']>): void {
    playground.why ??= why;
    clearTimeout(playground.idle);
    endJob(playground.job);
  }

  private ended(id: string, error: ErrorData | undefined): void {
    const { client, why, idle } = this.open.get(id)!;
    clearTimeout(idle);
    this.open.delete(id);
    if (why === 'idle') client.notify('playgroundEnded', { playground: id, idle: true });
    else if (why === 'stopped') client.notify('playgroundEnded', { playground: id, error: stopped });
    else if (why === undefined) client.notify('playgroundEnded', { playground: id, ...(error && { error }) });
    if (this.open.size === 0) this.options.onIdle();
  }
}

const stopped: ErrorData = {
  code: 'daemon-stopped',
  message: 'The daemon was stopped.',
  kind: 'runtime',
  hint: 'Generate again: the model is then loaded anew.',
};
