import { errorData } from '../../base/errors.ts';
import type { BackendReport } from '../../protocol/jobs.ts';
import { processorName } from '../processor.ts';
import type { Backend } from '../types.ts';
import { fixFor, oneLine, versionFault } from './faults.ts';
import { type Installation, installation } from './installed.ts';
import { type ProbeResult, probe } from './probe.ts';

const name = 'tensorflow';

/** What `rankwise doctor` says of it: starts it in a process of its own. */
export const report: Backend['report'] = async ({ installed }) => {
  let found: Installation;
  try {
    found = installation(installed);
  } catch (error) {
    const { message, hint } = errorData(error);
    return { name, available: false, reason: message, ...(hint !== undefined && { fix: hint }) };
  }
  return judge(found, await probe({ folder: found.folder, package: found.package, threads: 1 }));
};

function judge(found: Installation, result: ProbeResult): BackendReport {
  const broken = (reason: string, about = reason): BackendReport => ({
    name,
    available: false,
    reason,
    fix: fixFor(about, found),
  });
  if ('thrown' in result) return broken(`It does not load: ${oneLine(result.thrown)}`, result.thrown);
  if ('died' in result) return broken(`Its process ${result.died}${result.printed && `: ${oneLine(result.printed)}`}`);
  const { version, gpu, product } = result;
  if (String(product) !== '3,3,7,7') return broken(`It computes wrong: a product came out as ${product}, not 3,3,7,7.`);
  const other = versionFault(found, version);
  if (other) return broken(other);
  const working = {
    name,
    available: true,
    version: `${version} (${gpu ? 'cuda' : 'cpu'})`,
    ...(!gpu && { device: processorName() }),
  } as const;
  return found.variant === 'cuda' && !gpu ? { ...working, reason: NO_GPU.reason, fix: NO_GPU.fix } : working;
}

const NO_GPU = {
  reason: 'It finds no GPU, and computes on the CPU.',
  fix: "Check with `nvidia-smi` that NVIDIA's driver (525 or newer) sees a GPU; containers need the NVIDIA container toolkit.",
};
