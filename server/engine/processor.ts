import { cpus } from 'node:os';

/** The processor, as the system names it. */
export function processorName(): string {
  const model = cpus()[0]?.model.trim();
  return model && model !== 'unknown' ? model : `a processor (${process.arch})`;
}
