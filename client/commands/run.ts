/** Saves the recipe, has the language server resolve it, hands it to the daemon, shows the run; of a sweep, the first of its points. */
import { l10n, ProgressLocation, window, workspace } from 'vscode';
import type { SubmitParams, SubmitSweepParams } from '../../server/protocol/daemon.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { showFindings } from './findings.ts';
import { demandTrust, recipeDocument } from './targets.ts';

interface ResolvedSweep {
  sweep: SubmitSweepParams;
  same: number;
}

export async function run(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  const document = await recipeDocument(argument);
  // What runs is what is on disk: relative paths and the run's record refer to the file.
  const uri = document && (document.isDirty || document.isUntitled ? await workspace.save(document.uri) : document.uri);
  if (!uri) return undefined;

  const resolved = await services.language.resolve(uri);
  if ('diagnostics' in resolved) {
    await showFindings(uri, resolved.diagnostics);
    return undefined;
  }
  const records =
    'sweep' in resolved ? await submitSweep(services, resolved) : [await submitOne(services, resolved.submit)];
  const [first] = records;
  if (!first) return undefined;
  for (const record of records) services.runs.put(record);
  services.panels.show(first.run);
  return first;
}

async function submitOne({ daemon, log }: Services, submit: SubmitParams): Promise<RunRecord> {
  const record = await starting(submit.name, () => daemon.request('submit', submit));
  log.info(`${record.id}: submitted from ${submit.recipePath}`);
  return record;
}

/** More points than this are asked about: a grid grows quickly. */
const unasked = 16;

/** None when the user thinks better of it. */
async function submitSweep({ daemon, log }: Services, { sweep, same }: ResolvedSweep): Promise<RunRecord[]> {
  const { name, points } = sweep;
  if (points.length > unasked) {
    const start = l10n.t('Run {0} Points', points.length);
    const question = l10n.t('The sweep of {0} has {1} points, which run one after another.', name, points.length);
    if ((await window.showInformationMessage(question, { modal: true }, start)) !== start) return [];
  }
  const { sweep: id, runs } = await starting(name, () => daemon.request('submitSweep', sweep));
  log.info(`${id}: ${runs.length} points submitted, ${same} left out as they compute what others do`);
  return runs;
}

const starting = <T>(name: string, start: () => Promise<T>): Thenable<T> =>
  window.withProgress({ location: ProgressLocation.Window, title: l10n.t('Starting {0} …', name) }, start);
