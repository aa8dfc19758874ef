/** What `auto` may choose among. On a machine without a GPU and without anything installed, nothing is started to find out. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { doctor, presentBackends, processorName } from '../../engine/index.ts';
import type { BackendName } from '../../protocol/backends.ts';
import { installedFile } from '../../protocol/backends.ts';
import type { BackendReport } from '../../protocol/jobs.ts';
import { version } from '../../wire/version.ts';
import type { Calibrations } from './calibrations.ts';
import { USUAL } from './choose.ts';

export interface Candidate {
  backend: BackendName;
  device: string;
  version: string;
}

/** The usual backend first; software devices are none. Others are started, in processes of their own, once a day. */
export async function findCandidates(installed: string, calibrations: Calibrations): Promise<Candidate[]> {
  const usual = { backend: USUAL, device: processorName(), version } as const;
  const present = presentBackends({ installed }).filter((name) => name !== USUAL);
  if (present.length === 0) return [usual];
  const key = JSON.stringify([version, present, machine(installed)]);
  let reports = calibrations.reports(key);
  if (!reports) {
    reports = await doctor({ installed }, present);
    calibrations.keepReports(key, reports);
  }
  return [usual, ...reports.flatMap(asCandidate)];
}

const asCandidate = ({ name, available, software, device, version: of }: BackendReport): Candidate[] =>
  available && !software ? [{ backend: name, device: device ?? '', version: of ?? '' }] : [];

/** Environment that decides which devices are seen. */
const NAMES = /^(VK_|CUDA_VISIBLE_DEVICES$|NVIDIA_VISIBLE_DEVICES$|LD_LIBRARY_PATH$|HIP_VISIBLE_DEVICES$)/;
/** Where drivers leave a trace on Linux; absent elsewhere. */
const FOLDERS = ['/dev/dri', '/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const FILES = ['/sys/module/nvidia/version', '/sys/module/amdgpu/version'];

/** Changes when what was found about devices and backends may no longer hold. */
function machine(installed: string): unknown[] {
  return [
    Object.entries(process.env)
      .filter(([name]) => NAMES.test(name))
      .sort(),
    FOLDERS.map((folder) => listed(folder)),
    FILES.map((file) => read(file)),
    listed(installed).map((name) => modified(path.join(installed, name, installedFile))),
  ];
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

const modified = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
