import { errorData } from '../base/errors.ts';
import { startEngine } from '../engine/index.ts';
import type { BackendReport } from '../protocol/jobs.ts';
import type { Job } from './types.ts';

/** Which backends can start here, by starting them; those that this version cannot drive are listed as such. */
export const run: Job<'doctor'> = async () => ({
  backends: [await onnxruntime(), ...(['tensorflow', 'webgpu', 'cuda'] as const).map(notYet)],
});

const notYet = (name: BackendReport['name']): BackendReport => ({
  name,
  available: false,
  reason: 'This version of Rankwise computes on onnxruntime (CPU) alone.',
});

async function onnxruntime(): Promise<BackendReport> {
  try {
    const { versions } = await startEngine();
    const version = versions['onnxruntime-node'];
    return { name: 'onnxruntime', available: true, ...(version && { version }) };
  } catch (thrown) {
    const { message, hint } = errorData(thrown);
    return { name: 'onnxruntime', available: false, reason: message, ...(hint && { fix: hint }) };
  }
}
