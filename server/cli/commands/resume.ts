import { backendOption, backendParam } from '../backend-option.ts';
import { command, usageError } from '../command.ts';
import { follow, metricsLines } from '../follow.ts';
import { withDaemon } from '../processes.ts';
import { findRun, findSweep } from '../run-names.ts';
import { resumeSweep } from '../sweeps/resume.ts';

export const resume = command({
  name: 'resume',
  summary: 'Go on with an interrupted, cancelled or failed run, or the points of a sweep, after the last checkpoint.',
  positionals: ['RUN'],
  options: {
    detach: { type: 'boolean', doc: 'Return at once; the run goes on.' },
    failed: { type: 'boolean', doc: 'Of a sweep, run the failed points again and leave the others as they are.' },
    backend: {
      ...backendOption,
      doc: 'Go on with this backend, whatever the run was begun with: not bit for bit as it would have.',
    },
    'allow-different-backend': {
      type: 'boolean',
      doc: 'Resume also where backend, threads or versions differ: the result is then not bit-identical.',
    },
  },
  async run({ positionals: [given], options, io }) {
    const backend = backendParam(options.backend);
    const sweep = findSweep(given!);
    if (sweep !== undefined) return resumeSweep(sweep, { ...options, backend: backend.backend }, io);
    if (options.failed) throw usageError(`--failed is for sweeps; ${JSON.stringify(given)} is not one.`);
    const directory = findRun(given!);
    const from = metricsLines(directory);
    return withDaemon(async (daemon) => {
      const allowDifferentBackend = options['allow-different-backend'];
      const start = () => daemon.request('resume', { run: directory, allowDifferentBackend, ...backend });
      if (!options.detach) return follow(daemon, start, from, io);
      const record = await start();
      io.value({ run: record.run });
      io.say(record.run);
      return 0;
    });
  },
});
