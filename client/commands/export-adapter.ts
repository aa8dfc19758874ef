/** Writes an adapter as a folder that works elsewhere: as it is, or as plain LoRA. */
import { l10n } from 'vscode';
import type { Services } from '../services.ts';
import { pickAdapter } from './adapter-targets.ts';
import { type Choice, choose, make } from './making.ts';
import { demandTrust } from './targets.ts';

export async function exportAdapter(services: Services, argument: unknown) {
  if (!(await demandTrust())) return undefined;
  const adapter = await pickAdapter(services, argument, l10n.t('Export which adapter?'));
  if (!adapter) return undefined;
  const as = { kind: 'export', adapter: adapter.folder } as const;
  const lora = { ...as, format: 'lora' } as const;
  const choices: Choice[] = [
    { label: l10n.t('As Saved'), task: { ...as, format: 'peft' } },
    { label: l10n.t('Plain LoRA'), task: lora },
    { label: l10n.t("Plain LoRA with 99% of the Changes' Energy"), task: { ...lora, energy: 0.99 } },
    { label: l10n.t("Plain LoRA with 90% of the Changes' Energy"), task: { ...lora, energy: 0.9 } },
    { label: l10n.t('Plain LoRA of a Rank …'), task: { ...lora, rank: 8 }, asksRank: true },
  ];
  const task = await choose(services, l10n.t('Export {0} as what?', adapter.name), choices);
  const format = task?.kind === 'export' ? task.format : '';
  const suggested = `${adapter.beside}-${format}`;
  return task && make(services, task, { title: l10n.t('Exporting {0} …', adapter.name), suggested });
}
