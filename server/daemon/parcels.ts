/** The items of one spectrum on their way to its client: in order, many in a message, at the client's own pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorData, RankwiseError } from '../base/errors.ts';
import type { DaemonNotifications } from '../protocol/daemon.ts';
import type { SpectrumItem, SpectrumResult } from '../protocol/spectrum.ts';

/** What a spectrum needs of its connection. */
export interface SpectrumClient {
  notify<K extends 'spectrumItems' | 'spectrumEnded'>(name: K, params: DaemonNotifications[K]): void;
  /** Resolves when the connection has taken what was sent, or is closed. */
  drained(): Promise<void>;
}

/** Milliseconds between messages: a page cannot show more. */
const pause = 50;
/** Characters of a message, unless one item alone has more: far from the limit of a frame, and soon parsed. */
const messageSize = 2 ** 20;
/** Characters of one item: a matrix of a million values has 6 MiB. */
const itemLimit = 8 * 2 ** 20;
/** Characters that wait for a client that does not read. */
const waitingLimit = 64 * 2 ** 20;

export class Parcels {
  private readonly client: SpectrumClient;
  private readonly task: string;
  private waiting: { item: SpectrumItem; size: number }[] = [];
  private waitingSize = 0;
  private sending: Promise<void> | undefined;
  private closed = false;

  constructor(client: SpectrumClient, task: string) {
    this.client = client;
    this.task = task;
  }

  /** Errors: `item-too-large`, `client-too-slow`; after them the spectrum is to be ended. */
  add(item: SpectrumItem): void {
    if (this.closed) return;
    const size = JSON.stringify(item).length;
    if (size > itemLimit)
      throw new RankwiseError('item-too-large', `A part of the spectrum has ${size} characters.`, { kind: 'runtime' });
    if (this.waitingSize + size > waitingLimit)
      throw new RankwiseError('client-too-slow', 'The spectrum was not read as fast as it was computed.', {
        kind: 'runtime',
        hint: 'Start it again: what was computed is cached.',
      });
    this.waiting.push({ item, size });
    this.waitingSize += size;
    this.sending ??= this.sendAll();
  }

  /** The last message, after everything that waits. */
  async end(how: { result: SpectrumResult } | { error: ErrorData }): Promise<void> {
    await this.sending;
    if (!this.closed) this.client.notify('spectrumEnded', { task: this.task, ...how });
    this.closed = true;
  }

  /** Nothing more is sent. */
  close(): void {
    this.closed = true;
    this.waiting = [];
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(pause);
      await this.client.drained();
      if (this.closed) return;
      this.client.notify('spectrumItems', { task: this.task, items: this.next() });
    }
    this.sending = undefined;
  }

  private next(): SpectrumItem[] {
    let [count, size] = [0, 0];
    for (const each of this.waiting) {
      if (count > 0 && size + each.size > messageSize) break;
      count++;
      size += each.size;
    }
    this.waitingSize -= size;
    return this.waiting.splice(0, count).map(({ item }) => item);
  }
}
