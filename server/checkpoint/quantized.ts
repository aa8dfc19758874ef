/** Checkpoints whose matrices are packed codes of a quantizer: they can be counted, not trained on or decomposed. */
import path from 'node:path';
import type { ModelConfig } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';

/** Names that people know, by `quantization_config.quant_method`. */
const titles: Record<string, string> = {
  gptq: 'GPTQ',
  awq: 'AWQ',
  fp8: 'FP8',
  fbgemm_fp8: 'FP8',
  mxfp4: 'MXFP4',
  hqq: 'HQQ',
  aqlm: 'AQLM',
  eetq: 'EETQ',
  quanto: 'Quanto',
  torchao: 'torchao',
  bitsandbytes: 'bitsandbytes',
  bitnet: 'BitNet',
  'compressed-tensors': 'compressed-tensors',
};

/** `quantized-checkpoint` where config.json says that the weights are packed. */
export function quantizedFault({ quantization_config: packed }: ModelConfig, dir: string): RankwiseError | undefined {
  if (!isRecord(packed)) return undefined;
  const method = typeof packed.quant_method === 'string' ? packed.quant_method.toLowerCase() : 'bitsandbytes';
  const title = Object.hasOwn(titles, method) ? titles[method] : method.slice(0, 40);
  const bits = typeof packed.bits === 'number' ? `, ${packed.bits} bits` : '';
  return new RankwiseError('quantized-checkpoint', `${dir} holds packed codes (${title}${bits}), not the weights`, {
    file: path.join(dir, 'config.json'),
    field: 'quantization_config',
    hint: 'Take the checkpoint that it was made from: `model.dtype: nf4` or `int8` holds it as small in memory, and the adapter then fits the quantized copy as well.',
  });
}
