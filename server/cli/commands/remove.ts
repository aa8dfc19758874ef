import { command } from '../command.ts';
import { chosenRuns, makeKnown, runsText } from '../library/chosen.ts';
import { confirmed } from '../library/confirm.ts';
import { plain } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';

/** More are counted. */
const named = 10;

export const remove = command({
  name: 'remove',
  summary: 'Move runs to the trash, from which they can be put back.',
  positionals: ['RUN...'],
  options: { yes: { type: 'boolean', short: 'y', doc: 'Do not ask.' } },
  details:
    'RUN also names a sweep: then all its points. The trash is the folder .trash beside the runs; `rankwise restore` puts them back, `rankwise trash --empty` deletes for good.',
  async run({ positionals, options: { yes }, io }) {
    const runs = chosenRuns(positionals);
    if (!yes) {
      for (const run of runs.slice(0, named)) io.warn(plain(shortPath(run)));
      if (runs.length > named) io.warn(`… and ${runsText(runs.length - named)} more`);
    }
    if (!(await confirmed(`Move ${runsText(runs.length)} to the trash?`, yes))) {
      io.value({ removed: [] });
      io.say('Nothing was removed.');
      return 1;
    }
    const { removed } = await withDaemon(async (daemon) => {
      await makeKnown(daemon, runs);
      return daemon.request('remove', { runs });
    });
    io.value({ removed: removed.map(({ record: { id, run }, place, removedAt }) => ({ id, run, place, removedAt })) });
    const gone = runs.length - removed.length;
    if (removed.length > 0) {
      const names = new Set(removed.map(({ record }) => (removed.length > 1 && record.sweep?.id) || record.id));
      const [name] = names;
      const back =
        names.size > 1
          ? '`rankwise restore NAME` puts one back'
          : `\`rankwise restore ${plain(name!)}\` puts ${removed.length > 1 ? 'them' : 'it'} back`;
      io.say(`${runsText(removed.length)} moved to the trash; ${back}.`);
    }
    if (gone > 0) io.say(`${runsText(gone)} left the list: the directories were gone already.`);
    return 0;
  },
});
