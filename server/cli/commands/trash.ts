import { bytes } from '../../base/units.ts';
import { shownName } from '../../metrics/run-filter.ts';
import type { TrashedRun } from '../../protocol/runs.ts';
import { command, usageError } from '../command.ts';
import { runsText } from '../library/chosen.ts';
import { confirmed } from '../library/confirm.ts';
import { plain, table } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';

export const trash = command({
  name: 'trash',
  summary: 'Removed runs, the last first; --empty deletes them for good.',
  positionals: [],
  options: {
    empty: { type: 'boolean', doc: 'Delete all of them from the disk. This cannot be undone.' },
    yes: { type: 'boolean', short: 'y', doc: 'With --empty: do not ask.' },
  },
  async run({ options: { empty, yes }, io }) {
    if (yes && !empty) throw usageError('--yes goes with --empty.');
    return withDaemon(async (daemon) => {
      const { trashed } = await daemon.request('trash', {});
      const places = trashed.map(({ place }) => place);
      // Nothing but the trash is measured.
      const { trash: size } = await daemon.request('diskUse', { runs: [] });
      if (!empty) {
        io.value({ trashed: trashed.map(row), bytes: size });
        if (trashed.length === 0) io.say('The trash is empty.');
        else showTrash(trashed, size, io.say);
        return 0;
      }
      if (places.length === 0) {
        io.value({ deleted: 0, bytes: 0 });
        io.say('The trash is empty.');
        return 0;
      }
      if (!(await confirmed(`Delete ${runsText(places.length)}, ${bytes(size)}, for good?`, yes))) {
        io.value({ deleted: 0, bytes: 0 });
        io.say('Nothing was deleted.');
        return 1;
      }
      // What was removed while we asked stays.
      const emptied = await daemon.request('emptyTrash', { places });
      io.value(emptied);
      io.say(`${runsText(emptied.deleted)} deleted, ${bytes(emptied.bytes)} are free.`);
      return 0;
    });
  },
});

function showTrash(trashed: readonly TrashedRun[], size: number, say: (text: string) => void): void {
  const rows = trashed.map(({ record, place, removedAt }) => [
    plain(record.id),
    plain(shownName(record)),
    plain(record.method),
    removedAt.slice(0, 16).replace('T', ' '),
    plain(shortPath(place)),
  ]);
  for (const line of table([['run', 'name', 'method', 'removed (UTC)', 'directory'], ...rows])) say(line);
  say('');
  say(
    `${runsText(trashed.length)}, ${bytes(size)}. \`rankwise restore NAME\` puts one back, \`rankwise trash --empty\` deletes all.`,
  );
}

const row = ({ record: { id, run, name, method, labels }, place, removedAt }: TrashedRun) => ({
  ...{ id, run, name, method, place, removedAt },
  ...(labels && { labels }),
});
