/** One subject's spectrum on its way from the daemon, through every disconnection: what was computed is cached, so it is asked for again. */

import type { ErrorData } from '../server/base/errors.ts';
import { errorData, RankwiseError } from '../server/base/errors.ts';
import type { DaemonNotifications, DaemonRequests } from '../server/protocol/daemon.ts';
import type { SpectrumItem, SpectrumResult } from '../server/protocol/spectrum.ts';
import type { DaemonClient } from '../server/wire/client.ts';

export interface StreamOptions {
  daemon: Pick<DaemonClient, 'request' | 'on' | 'daemon'>;
  /** Read at each start: settings change. */
  params: () => DaemonRequests['spectrum']['params'];
  onItems(items: SpectrumItem[]): void;
  /** Neither result nor error: it was stopped. */
  onEnd(end: { result?: SpectrumResult; error?: ErrorData }): void;
}

/** A daemon that is lost so often before the end is perhaps lost because of this. */
const patience = 3;
/** Milliseconds: one that has just died may still seem to be there. */
const pause = 300;

export class SpectrumStream {
  private readonly options: StreamOptions;
  private readonly listeners: (() => void)[];
  private task: string | undefined;
  /** Only the latest start may speak. */
  private asked = 0;
  /** Without an answer yet. */
  private asking = false;
  private lost = 0;
  private again: NodeJS.Timeout | undefined;
  /** The daemon was stopped in good order: the next one, whoever starts it, is asked again. */
  private waiting = false;

  constructor(options: StreamOptions) {
    this.options = options;
    const { daemon } = options;
    this.listeners = [
      daemon.on('spectrumItems', ({ task, items }) => {
        if (task === this.task) options.onItems(items);
      }),
      daemon.on('spectrumEnded', (end) => {
        if (end.task === this.task) this.ended(end);
      }),
      daemon.on('disconnected', () => this.disconnected()),
      daemon.on('connected', () => {
        if (this.waiting) void this.start();
      }),
    ];
  }

  /** From the beginning; ends what was under way. */
  start(): Promise<void> {
    this.lost = 0;
    return this.ask();
  }

  private async ask(): Promise<void> {
    this.leave();
    const ticket = ++this.asked;
    this.asking = true;
    try {
      const { task } = await this.options.daemon.request('spectrum', this.options.params());
      if (ticket === this.asked) {
        this.task = task;
        this.asking = false;
      } else this.forget(task);
    } catch (error) {
      if (ticket !== this.asked) return;
      this.asking = false;
      if (this.lost > 0 || errorData(error).code === gone.code) this.askAgain(error);
      else this.options.onEnd({ error: errorData(error) });
    }
  }

  stop(): void {
    if (this.leave()) this.options.onEnd({});
  }

  dispose(): void {
    this.leave();
    for (const remove of this.listeners) remove();
  }

  /** @returns whether something was under way. */
  private leave(): boolean {
    const active = this.task !== undefined || this.waiting || this.asking || this.again !== undefined;
    this.asked++;
    this.asking = false;
    this.waiting = false;
    clearTimeout(this.again);
    this.again = undefined;
    if (this.task !== undefined) this.forget(this.task);
    this.task = undefined;
    return active;
  }

  /** Nothing to do when the daemon is gone: its spectra went with it. */
  private forget(task: string): void {
    const { daemon } = this.options;
    if (daemon.daemon) daemon.request('stopSpectrum', { task }).catch(() => {});
  }

  private ended(end: DaemonNotifications['spectrumEnded']): void {
    this.task = undefined;
    if ('result' in end) this.options.onEnd({ result: end.result });
    else {
      this.waiting = end.error.code === 'daemon-stopped';
      this.options.onEnd({ error: end.error });
    }
  }

  private disconnected(): void {
    if (this.task === undefined) return;
    this.task = undefined;
    this.askAgain(gone);
  }

  private askAgain(reason: unknown): void {
    if (++this.lost > patience) this.options.onEnd({ error: errorData(reason) });
    else this.again = setTimeout(() => void this.ask(), this.lost * pause);
  }
}

const gone = new RankwiseError(
  'daemon-connection-lost',
  'The daemon was lost several times while it computed this spectrum.',
  { kind: 'runtime', hint: 'Its log may tell why; `rankwise daemon status` tells whether it lives.' },
);
