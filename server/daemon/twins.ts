/** Points of a sweep that a finished run has computed already: they take its events and results instead of computing them again. */
import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunRecord } from '../protocol/runs.ts';
import type { Log } from './log.ts';
import { news } from './notices.ts';
import { files } from './record.ts';
import type { RunStore } from './store.ts';

/** Finishes the run by its twin, where there is one in the same folder that can be read; false otherwise. */
export async function takeFromTwin(store: RunStore, record: RunRecord, log: Log): Promise<boolean> {
  const { fingerprint, sweep, run, step } = record;
  if (!sweep || sweep.again || fingerprint === undefined || step > 0) return false;
  const folder = path.dirname(run);
  const twin = store.find(
    (other) =>
      other.fingerprint === fingerprint &&
      other.state === 'finished' &&
      other.run !== run &&
      path.dirname(other.run) === folder &&
      isWhole(other),
  );
  if (!twin) return false;
  try {
    await copyFile(files(twin.run).metrics, files(run).metrics);
  } catch (error) {
    log('warning', `${run} is computed although ${twin.run} has its result`, error);
    return false;
  }
  if (!store.get(twin.run)) {
    // It was removed meanwhile: this one begins with events of its own.
    await rm(files(run).metrics, { force: true });
    return false;
  }
  const { id, name, recipe, createdAt, resumes } = record;
  // What the twin was compared with, how long it took and who was told of it are no part of this sweep.
  const { rungs: _1, passed: _2, worked: _3, untold: _4, ...same } = twin;
  await store.save(news({ ...same, id, run, name, recipe, createdAt, resumes, sweep, from: twin.from ?? twin.run }));
  return true;
}

/** Its events and what it made are there: neither was deleted or moved. */
const isWhole = ({ run, adapters = [], modelPath }: RunRecord): boolean =>
  [files(run).metrics, ...adapters.map((adapter) => adapter.path), ...(modelPath ? [modelPath] : [])].every((file) =>
    existsSync(file),
  );
