import { bytes } from '../../base/units.ts';
import type { Rule } from './rule.ts';

/** More memory than this machine has. */
export const device: Rule = {
  codes: ['memory-above-device'],
  severity: 'warning',
  check({ counted, world }) {
    if (!counted || world.deviceMemory === undefined) return [];
    const { expected } = counted.estimate.memory;
    if (expected <= world.deviceMemory) return [];
    const message = `Training needs about ${bytes(expected)}; this machine has ${bytes(world.deviceMemory)}. Lower \`training.batch_size\` or \`data.max_length\`.`;
    return [{ code: 'memory-above-device', message, path: 'model.path' }];
  },
};
