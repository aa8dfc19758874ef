import { methodOf } from '../../methods/registry.ts';
import type { Finding } from '../finding.ts';
import type { Rule, RuleContext } from './rule.ts';

/** What vLLM loads unless it is told otherwise (`--max-lora-rank`), and at most. */
const vllm = { usualRank: 16, largestRank: 512 };

/** What servers of adapters cannot load. Off by default: not every adapter is to be served. */
export const deployment: Rule = {
  codes: ['vllm-rank', 'vllm-method', 'vllm-saved-modules'],
  severity: 'off',
  check: (context) => [...ranks(context), ...formats(context), ...heads(context)],
};

function ranks({ counted }: RuleContext): Finding[] {
  const ranked = (counted?.claims ?? []).map(({ entry, index, module, settings }) => {
    const method = methodOf(entry.method);
    return { index, rank: method?.plainLora ? method.plainRank!(module, settings) : 0 };
  });
  const { index, rank } = ranked.reduce((most, other) => (other.rank > most.rank ? other : most), {
    index: 0,
    rank: 0,
  });
  if (rank <= vllm.usualRank) return [];
  const advice =
    rank > vllm.largestRank
      ? `vLLM takes ranks up to ${vllm.largestRank}; lower it, or merge the adapter.`
      : `vLLM takes ranks up to ${vllm.usualRank} unless it is started with \`--max-lora-rank ${rank}\`.`;
  return [{ code: 'vllm-rank', message: `The adapter has rank ${rank}: ${advice}`, path: ['adapters', index, 'rank'] }];
}

function formats({ recipe }: RuleContext): Finding[] {
  return recipe.adapters.flatMap(({ method: id }, index) => {
    const method = methodOf(id);
    if (!method || method.result === 'model' || method.plainLora) return [];
    const message = `vLLM loads plain LoRA alone, no ${method.title}: merge the adapter, or \`rankwise export --format lora\` where that is exact.`;
    return [{ code: 'vllm-method', message, path: ['adapters', index, 'method'] }];
  });
}

function heads({ recipe }: RuleContext): Finding[] {
  return recipe.adapters.flatMap(({ modules_to_save: saved, path }, index) => {
    if (path !== undefined || !saved?.length) return [];
    const message =
      'vLLM loads no adapter with `modules_to_save`; merge it, or train the matrices of these modules with an adapter.';
    return [{ code: 'vllm-saved-modules', message, path: ['adapters', index, 'modules_to_save'] }];
  });
}
