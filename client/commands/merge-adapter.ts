/** Writes the base with an adapter in its weights as a model folder. */
import { l10n } from 'vscode';
import type { Services } from '../services.ts';
import { pickAdapter } from './adapter-targets.ts';
import { choose, make } from './making.ts';
import { demandTrust } from './targets.ts';

export async function mergeAdapter(services: Services, argument: unknown) {
  if (!(await demandTrust())) return undefined;
  const adapter = await pickAdapter(services, argument, l10n.t('Merge which adapter?'));
  if (!adapter) return undefined;
  const title = l10n.t('Merge {0} into its model', adapter.name);
  const whole = { label: l10n.t('A Whole Model'), task: { kind: 'merge', adapter: adapter.folder } as const };
  const task = await choose(services, title, [whole]);
  return (
    task &&
    make(services, task, { title: l10n.t('Merging {0} …', adapter.name), suggested: `${adapter.beside}-merged` })
  );
}
