/** The fields of adapter_config.json by themselves: types and fields that PEFT does not know, or Rankwise cannot use. */
import { nearest } from '../base/suggest.ts';
import { fieldsOfType, peftTypes, unknownFields, unsupportedFields } from '../checkpoint/peft-fields.ts';
import { clip } from '../recipe/findings.ts';
import type { AdapterFinding } from './weights.ts';

/** One finding each; a file of nothing but unknown fields is none of PEFT's. */
const maxUnknown = 20;

export function fieldFindings(config: Record<string, unknown>): AdapterFinding[] {
  const type = config.peft_type;
  const at = [['peft_type']];
  if (typeof type !== 'string') {
    const message = '`peft_type` is missing: it says what kind of adapter this is, e.g. "LORA".';
    return [{ code: 'unknown-peft-type', severity: 'error', message, at }];
  }
  if (!peftTypes.includes(type)) {
    const message = `There is no \`peft_type\` "${clip(type)}".${didYouMean(type, peftTypes)}`;
    return [{ code: 'unknown-peft-type', severity: 'error', message, at }];
  }
  const known = fieldsOfType(type);
  const unknown = known.length > 0 ? unknownFields(config).slice(0, maxUnknown) : [];
  return [
    ...unsupportedFields(config).map((field): AdapterFinding => {
      const message = `\`${field}\` changes what the adapter computes, which Rankwise does not support.`;
      return { code: 'unsupported-adapter-field', severity: 'warning', message, at: [[field]] };
    }),
    ...unknown.map((field): AdapterFinding => {
      const message = `\`${clip(field)}\` is no field of ${type} in PEFT 0.21, and has no effect.${didYouMean(field, known)}`;
      return { code: 'unknown-adapter-field', severity: 'information', message, at: [[field]], onKey: true };
    }),
  ];
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const close = nearest(word, candidates);
  return close === undefined ? '' : ` Did you mean \`${close}\`?`;
}
