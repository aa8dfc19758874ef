import { command } from '../command.ts';
import { chosenTrashed } from '../library/chosen.ts';
import { plain } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';

export const restore = command({
  name: 'restore',
  summary: 'Put removed runs back where they were.',
  positionals: ['NAME...'],
  options: {},
  details:
    'NAME: what `rankwise trash` lists, by id, name, title or place; of several that are called so the one that was removed last; of a sweep, by its id or name, all points. Where its old place is taken, a run gets a number.',
  async run({ positionals, io }) {
    const runs = await withDaemon(async (daemon) => {
      const { trashed } = await daemon.request('trash', {});
      const places = positionals.flatMap((given) => chosenTrashed(given, trashed)).map(({ place }) => place);
      return (await daemon.request('restore', { places: [...new Set(places)] })).runs;
    });
    io.value({ runs: runs.map(({ id, run, state }) => ({ id, run, state })) });
    for (const { id, run } of runs) io.say(`${plain(id)} is back in ${plain(shortPath(run))}`);
    return 0;
  },
});
