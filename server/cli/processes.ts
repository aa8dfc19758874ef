/** How the command line reaches the other processes: the daemon, and workers for single jobs. Their bundles lie beside its own. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RankwiseError } from '../base/errors.ts';
import type { JobItem, JobName, Jobs } from '../protocol/jobs.ts';
import { type ConnectOptions, connectDaemon } from '../wire/connect.ts';
import type { DaemonConnection } from '../wire/connection.ts';
import { version } from '../wire/version.ts';
import { runJob } from '../wire/worker.ts';

const bundle = (name: string): string => path.join(path.dirname(fileURLToPath(import.meta.url)), `${name}.js`);

/** Connects to the daemon, by default starting it first (`starting` is called then); closed after `use`. */
export async function withDaemon<T>(
  use: (daemon: DaemonConnection) => Promise<T>,
  { spawn = true, starting }: Pick<ConnectOptions, 'spawn' | 'starting'> = {},
): Promise<T> {
  const daemonScript = bundle('daemon');
  const daemon = await connectDaemon({ version, spawn, daemonScript, ...(starting && { starting }) });
  try {
    return await use(daemon);
  } finally {
    daemon.close();
  }
}

/** Runs one job in a worker of our own; Ctrl-C ends it. */
export async function work<K extends JobName>(
  job: K,
  params: Jobs[K]['params'],
  { onChunk, onItem }: { onChunk?: (text: string) => void; onItem?: (item: JobItem<K>) => void } = {},
): Promise<Jobs[K]['result']> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop);
  try {
    return await runJob({
      script: bundle('worker'),
      job,
      params,
      signal: controller.signal,
      ...(onChunk && { onChunk }),
      ...(onItem && { onItem }),
    });
  } catch (error) {
    if (controller.signal.aborted) throw new RankwiseError('stopped', 'Stopped.', { kind: 'runtime' });
    throw error;
  } finally {
    process.off('SIGINT', stop);
  }
}
