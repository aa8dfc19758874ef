import { execFile } from 'node:child_process';
import { type ProbeResult, probe } from '../graph/probe.ts';
import { sessionOptions } from '../graph/session.ts';
import { type CudaInstallation, findCuda } from './installation.ts';

export const INSTALL = 'rankwise backend install cuda';
const DRIVER_FIX =
  "Install NVIDIA's driver and see that `nvidia-smi` shows the GPU; containers need the NVIDIA container toolkit.";

export type Found = { device: string; installation: CudaInstallation } | { reason: string; fix: string };

/** Starts CUDA in a process of its own and says on what it computes, or exactly what is missing and what to do. */
export async function findDevice(installed: string | undefined): Promise<Found> {
  const platform = `${process.platform}/${process.arch}`;
  if (platform !== 'linux/x64')
    return {
      reason: `CUDA through onnxruntime needs Linux on x64; this is ${platform}.`,
      fix: 'Use `webgpu`, which drives NVIDIA GPUs too.',
    };
  const installation = tryToFind(installed);
  if ('reason' in installation) return installation;
  const result = await probe({
    libraries: installation.libraries.map(({ places }) => places),
    ...(installation.binding !== undefined && { binding: installation.binding }),
    session: sessionOptions('cuda', { strict: true }),
  });
  const fault = faultOf(result);
  return fault ?? { device: (await nameFromDriver()) ?? 'an NVIDIA GPU', installation };
}

function tryToFind(installed: string | undefined): CudaInstallation | { reason: string; fix: string } {
  try {
    const found = findCuda(installed);
    return found ?? { reason: "onnxruntime's CUDA provider is not installed.", fix: `Run \`${INSTALL}\`.` };
  } catch (error) {
    return { reason: `The installation is damaged: ${(error as Error).message}.`, fix: `Run \`${INSTALL}\` again.` };
  }
}

/** What the probe's answer means; undefined: it computes. */
export function faultOf({
  product,
  thrown,
  died,
  missing,
  log,
}: ProbeResult): { reason: string; fix: string } | undefined {
  if (product !== undefined) {
    if (String(product) === '3,3,7,7') return undefined;
    return { reason: `The GPU computes wrong: a product came out as ${product}, not 3,3,7,7.`, fix: DRIVER_FIX };
  }
  if (died !== undefined) return { reason: `CUDA does not work: its process ${died}.`, fix: DRIVER_FIX };
  const names = missing.map((said) => /^(\S+): cannot open/.exec(said)?.[1] ?? said);
  if (names.some((name) => name.startsWith('libcuda.')))
    return { reason: "NVIDIA's driver is not installed: there is no libcuda.so.1.", fix: DRIVER_FIX };
  if (names.length > 0)
    return {
      reason: `Libraries of CUDA are missing: ${names.join(', ')}.`,
      fix: `Run \`${INSTALL}\`, which brings them, or install the CUDA toolkit of that version.`,
    };
  const failure = /CUDA failure (\d+): ([^;]+?) ?;/.exec(thrown!);
  if (failure)
    return {
      reason: `CUDA finds no GPU that it can use: ${failure[2]} (error ${failure[1]}).`,
      fix: failure[1] === TOO_OLD ? DRIVER_UPDATE : DRIVER_FIX,
    };
  if (/undefined symbol: cu[A-Z]/.test(thrown! + log))
    return { reason: "NVIDIA's driver is too old for this CUDA.", fix: DRIVER_UPDATE };
  const provider = /Failed to load library \S+ with error: (.+)/.exec(log)?.[1];
  return { reason: `CUDA does not start: ${(provider ?? thrown!).split('\n')[0]}`, fix: `Run \`${INSTALL}\` again.` };
}

const DRIVER_UPDATE = "Update NVIDIA's driver: CUDA 13 needs 580 or newer, CUDA 12 needs 525.";
/** cudaErrorInsufficientDriver. */
const TOO_OLD = '35';

/** As the driver's own tool names the first GPU. */
const nameFromDriver = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(
      'nvidia-smi',
      ['--query-gpu=name', '--format=csv,noheader', '--id=0'],
      { timeout: 10_000 },
      (error, stdout) => resolve(error ? undefined : stdout.trim() || undefined),
    );
  });
