import { RankwiseError } from '../../base/errors.ts';
import { tagFault, titleFault } from '../../base/labels.ts';
import type { LabelChange } from '../../protocol/daemon.ts';
import { command, usageError } from '../command.ts';
import { chosenRuns, makeKnown, runsText } from '../library/chosen.ts';
import { labelsText } from '../library/labels-text.ts';
import { plain } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { reportError } from '../report.ts';

export const label = command({
  name: 'label',
  summary: 'Give runs a title, a star or tags, or archive them.',
  positionals: ['RUN...'],
  options: {
    title: {
      type: 'string',
      value: 'TEXT',
      doc: 'Shown in the place of the name, and finds the run too; "" takes it away.',
    },
    star: { type: 'boolean', doc: 'Give them a star.' },
    'no-star': { type: 'boolean', doc: 'Take it away.' },
    archive: { type: 'boolean', doc: 'Out of the way: shown only where it is asked for.' },
    'no-archive': { type: 'boolean', doc: 'Show them again.' },
    tag: { type: 'string', value: 'TAG', multiple: true, doc: 'Add a tag; may be given several times.' },
    untag: { type: 'string', value: 'TAG', multiple: true, doc: 'Take a tag away; may be given several times.' },
  },
  details:
    'RUN also names a sweep: then all its points. Nothing of it changes what a run is; a run that goes on can be labelled too.',
  async run({ positionals, options, io }) {
    const change = changeOf(options);
    const runs = chosenRuns(positionals);
    const { runs: labelled, failed = [] } = await withDaemon(async (daemon) => {
      await makeKnown(daemon, runs);
      return daemon.request('label', { runs, change });
    });
    io.value({
      runs: labelled.map(({ id, run, labels = {} }) => ({ id, run, labels })),
      ...(failed.length > 0 && { failed }),
    });
    for (const record of labelled) io.say(`${plain(record.id)}: ${labelsText(record) || 'no labels'}`);
    for (const { error } of failed) reportError(RankwiseError.from(error), io);
    if (failed.length > 0 && runs.length > 1)
      io.warn(`${failed.length} of ${runsText(runs.length)} could not be labelled.`);
    return failed.length > 0 ? 1 : 0;
  },
});

interface Options {
  title?: string | undefined;
  star: boolean;
  'no-star': boolean;
  archive: boolean;
  'no-archive': boolean;
  tag?: string[] | undefined;
  untag?: string[] | undefined;
}

/** Errors: `usage`. */
export function changeOf({ title, tag, untag, ...flags }: Options): LabelChange {
  for (const flag of ['star', 'archive'] as const)
    if (flags[flag] && flags[`no-${flag}`]) throw usageError(`--${flag} and --no-${flag} exclude each other.`);
  if (title !== undefined && title.trim() !== '' && titleFault(title))
    throw usageError(`--title ${titleFault(title)}.`);
  for (const each of [...(tag ?? []), ...(untag ?? [])])
    if (tagFault(each)) throw usageError(`A tag ${tagFault(each)}, not ${JSON.stringify(each)}.`);
  const change: LabelChange = {
    ...(title !== undefined && { title: title.trim() === '' ? null : title }),
    ...((flags.star || flags['no-star']) && { starred: flags.star }),
    ...((flags.archive || flags['no-archive']) && { archived: flags.archive }),
    ...(tag && { addTags: tag }),
    ...(untag && { removeTags: untag }),
  };
  if (Object.keys(change).length > 0) return change;
  throw usageError(
    '`rankwise label` needs what to say of the runs.',
    '`rankwise label --help` lists it: --title, --star, --tag …',
  );
}
