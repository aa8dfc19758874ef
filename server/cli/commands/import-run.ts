import { realpathSync } from 'node:fs';
import path from 'node:path';
import { count } from '../../base/units.ts';
import { readHistory } from '../../report/read.ts';
import { homeFolder } from '../../wire/places.ts';
import { command } from '../command.ts';
import { importTrainer } from '../importing-run.ts';
import { plain } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';

export const importRun = command({
  name: 'import-run',
  summary: "A training of Hugging Face's Trainer as a run, to be seen and compared with others.",
  positionals: ['DIR'],
  options: {
    output: { type: 'string', short: 'o', value: 'DIR', doc: 'The folder that gets the run directory (default runs).' },
    name: { type: 'string', value: 'NAME', doc: "The run's name (default: the folder's)." },
    model: {
      type: 'string',
      value: 'MODEL',
      doc: 'The base model, where the adapter does not name it, or it is elsewhere here.',
    },
  },
  details:
    'DIR is the output folder of a Trainer, one of its checkpoints, or a trainer_state.json. An adapter beside it is copied; nothing there is changed.',
  async run({ positionals: [given], options, io }) {
    const made = await importTrainer(given!, {
      output: path.resolve(options.output ?? 'runs'),
      home: homeFolder(),
      ...(options.name !== undefined && { name: options.name }),
      ...(options.model !== undefined && { model: options.model }),
    });
    const run = realpathSync(made.run);
    const record = await withDaemon((daemon) => daemon.request('adopt', { run }));
    const { warnings } = await readHistory(run);
    io.value({
      run,
      id: record.id,
      name: record.name,
      method: record.method,
      step: record.step,
      adapters: record.adapters ?? [],
      warnings: warnings.map(({ code, message }) => ({ code, message })),
    });
    io.say(shortPath(run));
    const adapter = record.adapters ? `its adapter (${record.method})` : 'no adapter lay beside it';
    io.say(`${count(record.step)} of ${count(record.totalSteps)} steps, ${adapter}`);
    for (const { code, message } of warnings) io.warn(`${io.paint('yellow', `warning[${code}]`)}: ${plain(message)}`);
    if (record.adapters && !record.result)
      io.say('Its base is not on this machine, so its part of all parameters is not known. Name it with --model.');
    return 0;
  },
});
