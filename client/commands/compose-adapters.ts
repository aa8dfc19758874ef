/** Writes one adapter of the weighted sum of others. */
import path from 'node:path';
import { l10n, window } from 'vscode';
import { weightList } from '../../server/base/weights.ts';
import type { Services } from '../services.ts';
import { pickAdapters, type SavedAdapter } from './adapter-targets.ts';
import { type Choice, choose, make } from './making.ts';
import { demandTrust } from './targets.ts';

/** `selected`: what the explorer has selected beside `argument`. */
export async function composeAdapters(services: Services, argument: unknown, selected?: unknown) {
  if (!(await demandTrust())) return undefined;
  const adapters = await pickAdapters(services, argument, selected);
  if (adapters.length === 0) return undefined;
  const weights = await askWeights(adapters);
  if (!weights) return undefined;
  const sources = adapters.map(({ folder }, i) => ({ adapter: folder, weight: weights[i]! }));
  const as = { kind: 'compose', sources } as const;
  const choices: Choice[] = [
    { label: l10n.t('As Exact as Possible'), task: as },
    { label: l10n.t('LoRA, Side by Side'), task: { ...as, combine: 'cat' } },
    { label: l10n.t('LoRA of the Largest Rank'), task: { ...as, combine: 'svd' } },
    { label: l10n.t("LoRA with 99% of the Sum's Energy"), task: { ...as, combine: 'svd', energy: 0.99 } },
    { label: l10n.t('LoRA of a Rank …'), task: { ...as, combine: 'svd', rank: 8 }, asksRank: true },
    { label: l10n.t('LoRA, Factor by Factor'), task: { ...as, combine: 'linear' } },
  ];
  const names = adapters.map(({ name }) => name).join(' + ');
  const task = await choose(services, l10n.t('Compose {0} as what?', names), choices);
  const suggested = path.join(path.dirname(adapters[0]!.beside), 'composed');
  return task && make(services, task, { title: l10n.t('Composing {0} …', names), suggested });
}

async function askWeights(adapters: readonly SavedAdapter[]): Promise<number[] | undefined> {
  const equal = Number((1 / adapters.length).toPrecision(3));
  const given = await window.showInputBox({
    title: l10n.t('Weights'),
    prompt: l10n.t('One for each of {0}', adapters.map(({ name }) => name).join(', ')),
    value: adapters.map(() => equal).join(', '),
    ignoreFocusOut: true,
    validateInput: (text) =>
      weightList(text, adapters.length) ? undefined : l10n.t('{0} numbers parted by commas.', adapters.length),
  });
  return given === undefined ? undefined : weightList(given, adapters.length);
}
