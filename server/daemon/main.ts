/** The daemon process: one per user and home, detached, ended by an idle period, `shutdown` or SIGTERM (docs/DESIGN.md §3). */
import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RankwiseError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { isWaiting } from '../metrics/halving.ts';
import { type DaemonRecord, protocolVersion } from '../protocol/daemon.ts';
import { alreadyRunning, readRecord } from '../wire/connect.ts';
import { acquireLock } from '../wire/lock.ts';
import { openPlaces } from '../wire/places.ts';
import { compareVersions, version } from '../wire/version.ts';
import { Endpoint } from './endpoint.ts';
import { Halving } from './halving.ts';
import { Library } from './library.ts';
import { type Log, openLog } from './log.ts';
import { Makings } from './makings.ts';
import { Notices, news } from './notices.ts';
import { Playgrounds } from './playgrounds.ts';
import { JobQueue } from './queue.ts';
import { recover } from './recovery.ts';
import { adopted, type Daemon } from './requests.ts';
import { readSettings } from './settings.ts';
import { Spectra } from './spectra.ts';
import { RunStore } from './store.ts';
import { Supervisor } from './supervisor.ts';
import { TimeBudgets } from './time-budgets.ts';
import { Watches } from './watches.ts';

/** Time for workers to reach a step boundary and write a checkpoint when the daemon is told to stop. */
const graceMilliseconds = 10_000;
/** Each takes all cores where nothing else wants them; two, so that a small model does not wait for a large one. */
const spectraAtOnce = 2;
const playgroundsAtOnce = 3;

async function main(): Promise<void> {
  const places = openPlaces();
  const log = openLog(places.log);
  guard(log);
  const acquired = await acquireLock(places.lock);
  if (!('lock' in acquired)) {
    log('info', `process ${acquired.holder.pid} is the daemon already`);
    process.exit(alreadyRunning);
  }
  const settings = readSettings(process.env);
  const store = new RunStore(places.home, log);
  const watches = new Watches(log);
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'worker.js');
  const supervisor = new Supervisor(store, script, log);
  const idle = new IdleTimer(
    settings.idleSeconds,
    () => queue.size === 0 && [spectra, makings, playgrounds].every(({ size }) => size === 0),
    () => stop('it was idle'),
  );
  const spectra = new Spectra({
    script,
    home: places.home,
    atOnce: spectraAtOnce,
    onIdle: () => idle.restart(),
  });
  const makings = new Makings(script, () => idle.restart());
  const playgrounds = new Playgrounds({
    script,
    idleMilliseconds: settings.playgroundSeconds * 1000,
    atOnce: playgroundsAtOnce,
    onIdle: () => idle.restart(),
  });
  let retiring = false;
  const queue = new JobQueue({
    concurrency: settings.concurrency,
    work: (job) => {
      const done = supervisor.work(job);
      watchBudget(job.run); // used up already: it does not begin
      return done;
    },
    after: ({ run }) => stoppedPoint(run),
    onIdle: () => {
      idle.restart();
      if (retiring) stop('a newer version takes over');
    },
  });

  const halving = new Halving({ store, supervisor, queue });
  const budgets = new TimeBudgets({ store, supervisor, queue, log });
  const watchBudget = (run: string) =>
    void budgets.watch(run).catch((error) => log('error', `the budget of the sweep of ${run}`, error));
  supervisor.onStart = watchBudget;
  /** Whatever comes of it, the queue goes on. */
  const stoppedPoint = async (run: string) => {
    try {
      await budgets.watch(run);
      await halving.after(run);
    } catch (error) {
      log('error', `what follows ${run} in its sweep cannot be written`, error);
    }
  };

  let stopped = false;
  const stop = (why: string) => {
    if (stopped) return;
    stopped = true;
    log('info', `stopping: ${why}`);
    queue.close();
    void end().catch((error) => {
      log('error', 'stopping failed', error);
      process.exit(1);
    });
  };
  const end = async () => {
    budgets.close();
    await new Promise((resolve) => setTimeout(resolve, 20)); // the answer to `shutdown` is on its way
    await Promise.all([
      spectra.close(),
      makings.close(),
      playgrounds.stop(),
      supervisor.interruptAll(graceMilliseconds),
    ]);
    // Windows that stay shall not take them for about to begin.
    for (const record of store.list())
      if (record.state === 'queued' && !isWaiting(record)) store.touch({ ...record, unattended: true });
    await store.flush();
    await endpoint.close();
    if (readRecord(places)?.pid === process.pid) rmSync(places.record, { force: true });
    acquired.lock.release();
    log('info', 'stopped');
    process.exit(0);
  };

  const status = () => ({
    running: true as const,
    pid: process.pid,
    version,
    protocol: protocolVersion,
    jobs: queue.size,
    home: places.home,
  });
  const library = new Library({
    ...{ home: places.home, store, log },
    isBusy: (run) => queue.has(run),
    adopt: (run) => adopted({ store, log }, run),
  });
  let loaded = () => {};
  const daemon: Daemon = {
    ...{
      store,
      queue,
      supervisor,
      halving,
      budgets,
      watches,
      notices: new Notices(store),
      spectra,
      makings,
      playgrounds,
      library,
      settings,
      log,
      status,
    },
    stop: () => stop('as asked'),
    ready: new Promise((resolve) => {
      loaded = resolve;
    }),
  };
  const token = randomBytes(32).toString('base64url');
  const endpoint = new Endpoint(daemon, token, (clientVersion) => {
    idle.restart();
    // Drains: takes jobs as long as some are there, and makes room for the newer one when none is left.
    if (clientVersion && compareVersions(clientVersion, version) > 0 && queue.size > 0) retiring = true;
  });
  store.onChange = (record) => endpoint.broadcast('runChanged', record);
  store.onRemove = (runs) => endpoint.broadcast('runsRemoved', { runs });
  supervisor.onMetrics = (run) => watches.nudge(run);
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => {}); // the terminal that it was started from is gone

  const lines = store.readIndex();
  // Clients connect at once; their requests wait until the runs are known, however many there are.
  await listen(endpoint, places.socket);
  const record: DaemonRecord = { pid: process.pid, socket: places.socket, token, version, protocol: protocolVersion };
  writeFileAtomic(places.record, JSON.stringify(record), 0o600);
  log('info', `rankwise daemon ${version} serves ${places.home}`);
  await store.load(lines);
  for (const record of store.list()) {
    const found = await recover(record, log);
    if (found !== record) await store.save(news(found));
  }
  loaded();
  const queued = store.list().filter(({ state }) => state === 'queued');
  for (const record of queued)
    if (!isWaiting(record)) {
      const { run, resumes, rungs } = record;
      queue.add({ run, resume: resumes > 0 || rungs !== undefined, allowDifferentBackend: false });
    }
  for (const record of queued) if (isWaiting(record)) await stoppedPoint(record.run);
  idle.restart();
}

/** We hold the lock, so a socket file that is there was left by a daemon that is gone. */
function listen({ server }: Endpoint, socket: string): Promise<void> {
  if (process.platform !== 'win32') rmSync(socket, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.off('error', reject);
      if (process.platform !== 'win32') chmodSync(socket, 0o600);
      resolve();
    });
  });
}

class IdleTimer {
  private readonly milliseconds: number;
  private readonly isIdle: () => boolean;
  private readonly onIdle: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(seconds: number, isIdle: () => boolean, onIdle: () => void) {
    this.milliseconds = Math.min(seconds * 1000, 2 ** 31 - 1);
    this.isIdle = isIdle;
    this.onIdle = onIdle;
  }

  restart(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.isIdle() ? this.onIdle() : this.restart()), this.milliseconds);
  }
}

/** A defect in one request must not end the runs of all: it is logged, and the daemon goes on from its files' state. */
function guard(log: Log): void {
  process.on('uncaughtException', (error) => log('error', 'uncaught exception', error));
  process.on('unhandledRejection', (error) => log('error', 'unhandled rejection', error));
}

main().catch((error: unknown) => {
  // To the log: standard error is it.
  console.error(error instanceof RankwiseError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
});
