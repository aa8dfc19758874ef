import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { follow } from '../follow.ts';
import { withDaemon } from '../processes.ts';
import { demandRecipe, submitParams } from '../recipe.ts';

export const run = command({
  name: 'run',
  summary: 'Train a recipe, and watch it.',
  positionals: ['RECIPE'],
  options: {
    detach: { type: 'boolean', doc: 'Print the run directory and return at once; the run goes on.' },
    backend: { ...backendOption, doc: `${backendOption.doc} It wins over the recipe.` },
  },
  details:
    'The run goes on in the background daemon whatever becomes of this command. Ctrl-C cancels it with a checkpoint; a second\n' +
    'Ctrl-C stops waiting for that, and the run stops by itself at its next step. With --json each event is a line; the last\n' +
    'one says how the run ended.',
  async run({ positionals: [given], options: { detach, backend }, io }) {
    const params = submitParams(await demandRecipe(given!, io, { launch: true }), backendParam(backend));
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
