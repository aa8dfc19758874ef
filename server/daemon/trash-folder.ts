/** The trash of one output folder on disk, `<output>/.trash/`: run directories as they were, each with `removed.json`. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { RunRecord, TrashedRun } from '../protocol/runs.ts';
import { syncFolder, writeDurably } from './durable.ts';
import { readRecord, recordFromRecipe, writeRecord } from './record.ts';

export const trashOf = (output: string): string => path.join(output, '.trash');

/** Only a directory with this note is in the trash: whatever else lies there is not ours. */
const noteFile = (folder: string): string => path.join(folder, 'removed.json');
interface Note {
  format: 1;
  /** Where it was. */
  from: string;
  removedAt: string;
}

/** What is being deleted: a crash may leave it half there. */
const doomed = '.deleting-';

/** The runs in a trash folder, in no order. None where it is not there or no folder of its own. */
export function trashedIn(trash: string): TrashedRun[] {
  return namesIn(trash).flatMap((name) => {
    const found = name.startsWith('.') ? undefined : trashedAt(path.join(trash, name));
    return found ? [found] : [];
  });
}

/** Whether a directory that is gone was moved to the trash beside it. */
export function isTrashed(run: string): boolean {
  const [trash, id] = [trashOf(path.dirname(run)), path.basename(run)];
  if (!existsSync(trash)) return false;
  return namesIn(trash).some((name) => name.startsWith(id) && readNote(path.join(trash, name))?.from === run);
}

/** The run that is in the trash at `place`; undefined where none is. */
export function trashedAt(place: string): TrashedRun | undefined {
  const note = isFolder(place) ? readNote(place) : undefined;
  if (!note) return undefined;
  const { from, removedAt } = note;
  const record = readRecord(place, from) ?? recordFromRecipe(place, from) ?? unknownRecord(from);
  return { record, place, removedAt };
}

function readNote(place: string): Note | undefined {
  try {
    const { format, from, removedAt } = JSON.parse(readFileSync(noteFile(place), 'utf8')) as Partial<Note>;
    if (format !== 1 || typeof from !== 'string' || !path.isAbsolute(from)) return undefined;
    // One note says one place: a folder that was carried elsewhere with its trash goes back beside that.
    const here = path.join(path.dirname(path.dirname(place)), path.basename(from));
    const time = typeof removedAt === 'string' && !Number.isNaN(Date.parse(removedAt)) ? removedAt : undefined;
    return { format, from: here, removedAt: time ?? lstatSync(place).ctime.toISOString() };
  } catch {
    return undefined;
  }
}

/** Half deleted: its files tell nothing. */
const unknownRecord = (run: string): RunRecord => ({
  format: 1,
  id: path.basename(run),
  run,
  name: path.basename(run),
  recipe: '',
  state: 'missing',
  method: '?',
  model: '?',
  step: 0,
  totalSteps: 0,
  createdAt: new Date(0).toISOString(),
  resumes: 0,
});

/** Makes the folder. Errors: `trash-unusable` where something else has its name; else the system's. */
export async function openTrash(output: string): Promise<string> {
  const trash = trashOf(output);
  try {
    await mkdir(trash);
    await syncFolder(output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isFolder(trash)) return trash;
  throw new RankwiseError('trash-unusable', `${trash} is no folder of its own: removed runs cannot be kept there.`, {
    file: trash,
    kind: 'runtime',
    hint: 'Move it away, and try again.',
  });
}

/** Moves a run directory into the trash. First the note, then the move: whenever it is cut off, the directory is either here or there. Throws the system's error. */
export async function moveIn(record: RunRecord, trash: string, now: Date): Promise<TrashedRun> {
  const { run, id } = record;
  const removedAt = now.toISOString();
  const note: Note = { format: 1, from: run, removedAt };
  await writeDurably(noteFile(run), `${JSON.stringify(note, null, 2)}\n`);
  try {
    const place = await renameBeside(run, path.join(trash, id));
    return { record, place, removedAt };
  } catch (error) {
    await rm(noteFile(run), { force: true });
    throw error;
  }
}

/** Moves a directory of the trash to `run`, which must not exist. Throws the system's error. */
export async function moveOut(place: string, run: string): Promise<void> {
  if (!(await renamed(place, run))) throw Object.assign(new Error(`${run} is there already`), { code: 'EEXIST' });
  await syncFolder(path.dirname(place));
  await syncFolder(path.dirname(run));
  await rm(noteFile(run), { force: true });
}

/** Results that lay in the run directory `from` lie in `to` from now on. Throws the system's error. */
export async function pointTo({ record, place }: TrashedRun, from: string, to: string): Promise<void> {
  const moved = (file: string) => (file.startsWith(from + path.sep) ? to + file.slice(from.length) : file);
  const { adapters, modelPath } = record;
  const now: RunRecord = {
    ...record,
    from: to,
    ...(adapters && { adapters: adapters.map((adapter) => ({ ...adapter, path: moved(adapter.path) })) }),
    ...(modelPath && { modelPath: moved(modelPath) }),
  };
  await writeRecord(place, now);
}

/** A name for a directory that comes back: where it was, or with a number. */
export function freeName(run: string): string {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? run : `${run}-${attempt}`;
    if (!lstatSync(name, { throwIfNoEntry: false })) return name;
  }
}

/** Deletes a directory of the trash; links in it are deleted, not followed. Renamed first, so that none is listed half deleted. Throws the system's error. */
export async function destroy(place: string): Promise<void> {
  const going = path.join(path.dirname(place), `${doomed}${path.basename(place)}`);
  if (!(await renamed(place, going))) await rm(place, { recursive: true, force: true });
  await removeTree(going);
}

/** Deletes what a crash has left half deleted, and the folder where nothing else is in it. */
export async function tidy(trash: string): Promise<void> {
  for (const name of namesIn(trash)) if (name.startsWith(doomed)) await removeTree(path.join(trash, name));
  await rmdir(trash).catch(() => {}); // something is in it
}

/** Folders that their owner has closed are opened first. */
async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    await openFolders(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
}

async function renameBeside(from: string, wanted: string): Promise<string> {
  for (;;) {
    const to = freeName(wanted);
    if (!(await renamed(from, to))) continue;
    await syncFolder(path.dirname(to));
    await syncFolder(path.dirname(from));
    return to;
  }
}

/** False where the target is there. */
async function renamed(from: string, to: string): Promise<boolean> {
  if (lstatSync(to, { throwIfNoEntry: false })) return false;
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') && existsSync(to))
      return false;
    throw error;
  }
}

function namesIn(trash: string): string[] {
  try {
    return isFolder(trash) ? readdirSync(trash) : [];
  } catch {
    return []; // closed to us: nothing of it can be shown or put back
  }
}

/** Links are not followed: they lead out of the trash. */
export function isFolder(folder: string): boolean {
  try {
    return lstatSync(folder).isDirectory();
  } catch {
    return false;
  }
}
