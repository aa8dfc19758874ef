/**
 * The worker process: one job, told over IPC and answered there (protocol/jobs.ts), then exit 0, the job's failure included: other
 * exit codes mean that the process died. A lost channel means that the daemon died; the run directory has all that a resume needs.
 */
import { errorData } from '../base/errors.ts';
import type { FromWorker, JobName, ToWorker } from '../protocol/jobs.ts';
import { runJob } from '../wire/worker.ts';
import { Asks } from './asks.ts';
import { jobs } from './registry.ts';
import type { Job } from './types.ts';

const cancel = new AbortController();
const asks = new Asks(cancel.signal);
let started = false;

if (!process.send) {
  process.stderr.write('This is a worker of the Rankwise daemon; use the `rankwise` command instead.\n');
  process.exit(2);
}
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToWorker) => {
  if (message.type === 'cancel') cancel.abort();
  else if (message.type === 'ask') asks.add(message.ask);
  else if (!started) {
    started = true;
    void work(message.job, message.params);
  }
});

async function work(name: JobName, params: unknown): Promise<void> {
  let last: FromWorker;
  try {
    const run = (await jobs[name]()) as Job<JobName>;
    const result = await run(params as never, {
      emit: (event) => send({ type: 'event', event }),
      chunk: (text) => send({ type: 'chunk', text }),
      asks: asks as AsyncIterable<never>,
      item: (item: unknown) => send({ type: 'item', item }),
      work: (job, params) => runJob({ script: process.argv[1]!, job, params, signal: cancel.signal }),
      signal: cancel.signal,
    });
    last = { type: 'result', result };
  } catch (thrown) {
    const error = errorData(thrown);
    if (error.code === 'internal') process.stderr.write(`${thrown instanceof Error ? thrown.stack : thrown}\n`);
    last = { type: 'error', error };
  }
  process.send!(last, undefined, undefined, () => process.exit(0));
}

function send(message: FromWorker): void {
  process.send!(message);
}
