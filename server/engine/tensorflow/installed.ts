import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { type InstalledBackend, installedFile } from '../../protocol/backends.ts';

export const INSTALL = 'rankwise backend install tensorflow';

export interface Installation extends InstalledBackend {
  folder: string;
}

/** The installation below `installed`. Throws RankwiseError `backend-unavailable` when there is none. */
export function installation(installed: string | undefined): Installation {
  const folder = installed && path.join(installed, 'tensorflow');
  const record = folder && readRecord(folder);
  if (record) return { ...record, folder };
  throw unavailable(
    'TensorFlow is not installed for Rankwise.',
    `Run \`${INSTALL}\`, or \`${INSTALL} --cuda\` for an NVIDIA GPU.`,
  );
}

/** Whether there is one, whatever its state. */
export const isInstalled = (installed: string | undefined): boolean =>
  installed !== undefined && readRecord(path.join(installed, 'tensorflow')) !== undefined;

function readRecord(folder: string): InstalledBackend | undefined {
  try {
    const record = JSON.parse(readFileSync(path.join(folder, installedFile), 'utf8')) as InstalledBackend;
    return record.format === 1 ? record : undefined;
  } catch {
    return undefined; // not there, or not whole
  }
}

export const unavailable = (message: string, hint: string, cause?: unknown): RankwiseError =>
  new RankwiseError('backend-unavailable', message, {
    kind: 'runtime',
    field: 'training.backend',
    hint,
    ...(cause !== undefined && { cause }),
  });
