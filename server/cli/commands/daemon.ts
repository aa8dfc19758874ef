import { readFileSync } from 'node:fs';
import { RankwiseError } from '../../base/errors.ts';
import type { DaemonStatus } from '../../protocol/daemon.ts';
import type { DaemonConnection } from '../../wire/connection.ts';
import { openPlaces } from '../../wire/places.ts';
import { isAlive, type ProcessIdentity, waitUntilGone } from '../../wire/processes.ts';
import { command, usageError } from '../command.ts';
import type { Io } from '../output.ts';
import { withDaemon } from '../processes.ts';

const actions = ['start', 'stop', 'status'];

export const daemon = command({
  name: 'daemon',
  summary: 'Start, stop or look at the background daemon.',
  positionals: ['start|stop|status'],
  options: { force: { type: 'boolean', doc: 'stop: also while runs are going on; they can be resumed.' } },
  async run({ positionals: [action], options: { force }, io }) {
    if (!actions.includes(action!))
      throw usageError(`\`rankwise daemon\` takes ${actions.join(', ')}, not ${JSON.stringify(action)}.`);
    if (action === 'start') show(await withDaemon((d) => d.request('status', {})), io);
    else if (action === 'status') show(await withRunning((d) => d.request('status', {})), io);
    else await stop(force, io);
    return 0;
  },
});

/** Undefined when no daemon runs. */
async function withRunning<T>(use: (daemon: DaemonConnection) => Promise<T>): Promise<T | undefined> {
  try {
    return await withDaemon(use, { spawn: false });
  } catch (error) {
    if (error instanceof RankwiseError && error.code === 'daemon-not-running') return undefined;
    throw error;
  }
}

async function stop(force: boolean, io: Io): Promise<void> {
  const holder = lockHolder();
  let queued = 0;
  try {
    const answer = await withRunning((d) => d.request('shutdown', { force }));
    queued = answer?.queued ?? 0;
    if (answer && !answer.stopping)
      throw new RankwiseError('daemon-busy', `The daemon has ${answer.jobs} queued or running jobs.`, {
        kind: 'runtime',
        hint: 'Wait for them, or stop it with --force: what runs is interrupted and can be resumed.',
      });
  } catch (error) {
    if (!force || !holder || !(error instanceof RankwiseError) || error.code !== 'daemon-not-answering') throw error;
    process.kill(holder.pid, 'SIGKILL'); // it cannot be asked any more; its successor ends its workers
  }
  if (holder && !(await waitUntilGone(holder, 20_000)))
    throw new RankwiseError('daemon-not-answering', `The daemon (process ${holder.pid}) does not end.`, {
      kind: 'runtime',
    });
  show(undefined, io, holder ? 'stopped' : 'not running');
  if (queued > 0)
    io.say(
      queued === 1
        ? '1 queued run stays queued and begins when the daemon is started again.'
        : `${queued} queued runs stay queued and begin when the daemon is started again.`,
    );
}

/** The process that is the daemon of this home. */
function lockHolder(): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(readFileSync(openPlaces().lock, 'utf8')) as ProcessIdentity;
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined; // no lock: no daemon
  }
}

function show(status: DaemonStatus | undefined, io: Io, otherwise = 'not running'): void {
  const { pid = null, version = null, jobs = 0 } = status ?? {};
  io.value({ running: status !== undefined, pid, version, jobs });
  io.say(status ? `running: process ${pid}, version ${version}, ${jobs} jobs, home ${status.home}` : otherwise);
}
