import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { follow } from '../follow.ts';
import { withDaemon } from '../processes.ts';
import { demandRecipe, submitParams, sweepParams } from '../recipe.ts';
import { runSweep } from '../sweeps/run.ts';

export const run = command({
  name: 'run',
  summary: 'Train a recipe, and watch it.',
  positionals: ['RECIPE'],
  options: {
    detach: { type: 'boolean', doc: 'Print the run directory and return at once; the run goes on.' },
    again: { type: 'boolean', doc: 'Of a sweep, run also the points that a finished run has computed already.' },
    backend: { ...backendOption, doc: `${backendOption.doc} It wins over the recipe.` },
  },
  details:
    'The run goes on in the background daemon whatever becomes of this command. Ctrl-C cancels it with a checkpoint; a second\n' +
    'Ctrl-C stops waiting for that, and the run stops by itself at its next step. With --json each event is a line; the last\n' +
    'one says how the run ended. A recipe with `sweep` runs once for each of its points; then each event has its `run`, and the\n' +
    'last line is `sweep_finished`.',
  async run({ positionals: [given], options: { detach, backend, again }, io }) {
    const loaded = await demandRecipe(given!, io, { launch: true, points: true });
    if (loaded.points) return runSweep(sweepParams(loaded, backendParam(backend)), { detach, again }, io);
    const params = submitParams(loaded, backendParam(backend));
    return withDaemon(async (daemon) => {
      const submit = () => daemon.request('submit', params);
      if (!detach) return follow(daemon, submit, 0, io);
      const record = await submit();
      io.value({ run: record.run });
      io.say(record.run);
      return 0;
    });
  },
});
