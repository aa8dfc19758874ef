import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { follow, metricsLines } from '../follow.ts';
import { withDaemon } from '../processes.ts';
import { findRun } from '../run-names.ts';

export const resume = command({
  name: 'resume',
  summary: 'Go on with an interrupted, cancelled or failed run after its last checkpoint.',
  positionals: ['RUN'],
  options: {
    detach: { type: 'boolean', doc: 'Return at once; the run goes on.' },
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
    const directory = findRun(given!);
    const backend = backendParam(options.backend);
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
