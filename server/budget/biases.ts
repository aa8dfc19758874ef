/** Biases of the base that entries train beside their matrices (`bias`). */
import type { Module, ModuleTable } from '../architectures/types.ts';
import type { Finding } from './finding.ts';
import type { SavedModule, TrainedBias } from './types.ts';

interface MatchedEntry {
  index: number;
  method: { kind: 'matrices' | 'parameters' };
  modules: readonly Module[];
  options: Record<string, unknown>;
}

/** PEFT's `_mark_only_adapters_as_trainable`: all that the model has, or those of the adapted matrices. Each once; not those of modules that are trained in full. */
export function trainedBiases(
  entries: readonly MatchedEntry[],
  saved: readonly SavedModule[],
  table: ModuleTable,
): TrainedBias[] {
  const taken = new Set(saved.map(({ module }) => module));
  return entries.flatMap(({ index, modules, options: { bias } }) => {
    const meant = bias === 'all' ? table.modules : bias === 'lora_only' ? modules : [];
    return meant.flatMap((module): TrainedBias[] => {
      const shape = module.parameters.bias;
      if (!shape || taken.has(module)) return [];
      taken.add(module);
      return [{ module, entry: index, trainable: shape[0]! }];
    });
  });
}

/** Biases that another entry trains as well, with a module's own parameters. */
export function biasesClaimedTwice(entries: readonly MatchedEntry[], biases: readonly TrainedBias[]): Finding[] {
  const owned = new Set(entries.flatMap(({ method, modules }) => (method.kind === 'parameters' ? modules : [])));
  const both = biases.find(({ module }) => owned.has(module));
  if (!both) return [];
  const message = `The bias of ${both.module.name} is trained here and by another entry; keep one of the two.`;
  return [{ code: 'claimed-twice', message, path: `adapters.${both.entry}.bias` }];
}
