/** Models, saved adapters and data files around a recipe, for completion: a bounded walk that follows no loop and never throws. */
import type { Dirent } from 'node:fs';
import { open, opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isRecord } from '../base/record.ts';
import { knownFormat } from '../datafiles/formats.ts';
import type { Loaded } from './workspace.ts';

export interface Place {
  /** From the folder that was looked through, with "/" between its parts: "models/roberta". */
  path: string;
  /** What config.json or adapter_config.json says it is: "roberta", "LORA"; empty where it says nothing. */
  kind: string;
}

export interface Nearby {
  models: Place[];
  adapters: Place[];
  /** Files of rows, and data sets that `datasets` has saved. */
  data: string[];
  /** Subfolders of the folder itself. */
  folders: string[];
}

/** `depth`: folders below the given one; a run's adapter is at runs/NAME/adapter. The others bound time and memory. */
interface Bounds {
  depth: number;
  entries: number;
  folders: number;
}
const usual: Bounds = { depth: 3, entries: 5000, folders: 300 };
/** Of each kind; more names than anybody reads. */
const listed = 200;
/** Large folders that hold nothing a recipe names. */
const passedOver = new Set(['node_modules', '__pycache__', 'checkpoints', 'venv', 'wandb']);

/** Looks through `folder`, nearest first. `depth: 0` is the folder alone, with its subfolders looked into for what they are. */
export async function findNearby(folder: string, bounds: Partial<Bounds> = {}): Promise<Loaded<Nearby>> {
  const { depth, entries: most, folders: mostFolders } = { ...usual, ...bounds };
  const found: Nearby = { models: [], adapters: [], data: [], folders: [] };
  const seen = new Set<string>();
  const walked: string[] = [];
  let left = most;
  let level = [''];
  for (let below = 0; below <= depth + 1 && level.length > 0; below++) {
    const next: string[] = [];
    for (const at of level) {
      if (left <= 0 || walked.length >= mostFolders) break;
      const here = path.join(folder, at);
      const entries = await entriesOf(here, seen, left);
      walked.push(here);
      left -= entries.length;
      const names = new Set(entries.map(({ name }) => name));
      if (at !== '') await describe(found, folder, at, names);
      // Its splits and shards are not named one by one.
      if (at !== '' && isSavedData(names)) continue;
      // The last level is looked at for what it is, not for what it holds.
      if (below > depth) continue;
      for (const entry of entries) {
        const name = at === '' ? entry.name : `${at}/${entry.name}`;
        if (entry.name.startsWith('.') || passedOver.has(entry.name)) continue;
        if (await isFolder(entry, here)) {
          next.push(name);
          if (below === 0 && found.folders.length < listed) found.folders.push(name);
        } else if (isData(entry.name, names) && found.data.length < listed) found.data.push(name);
      }
    }
    level = next.sort();
  }
  return { value: found, files: walked };
}

/** Vocabularies lie beside models and metrics beside runs; both, and what tells people about a folder, have the endings of data. */
const isData = (name: string, beside: Set<string>): boolean =>
  hasDataEnding(name) &&
  !beside.has('config.json') &&
  !beside.has('run.json') &&
  !isSavedData(beside) &&
  !settings.test(name) &&
  !/^(readme|licen[cs]e|requirements.*)\.txt$/i.test(name);

/** Images are named by their folder, not one by one. */
function hasDataEnding(name: string): boolean {
  const format = knownFormat(name);
  return format !== undefined && format !== 'images';
}

/** JSON that programs keep about themselves, and what lies beside models and data sets. */
const settings =
  /^(package(-lock)?|[tj]sconfig.*|.*config|.*_infos?|.*metadata|.*index|state|biome|deno|composer|settings|tasks|launch|extensions|tokenizer|vocab|special_tokens_map|added_tokens|labels|rankwise)\.json$/i;

/** A folder that `save_to_disk` has written: one name in a recipe. */
const isSavedData = (names: ReadonlySet<string>): boolean =>
  names.has('dataset_dict.json') || (names.has('state.json') && names.has('dataset_info.json'));

/**
 * At most `limit` entries of a folder that was not looked at before, under another name or by a loop of links; none where it
 * cannot be read.
 */
async function entriesOf(folder: string, seen: Set<string>, limit: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    const real = await realpath(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    for await (const entry of await opendir(real)) if (entries.push(entry) >= limit) break;
  } catch {
    // Completion offers what there is to see.
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function isFolder(entry: Dirent, parent: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await stat(path.join(parent, entry.name)).catch(() => undefined);
  return target?.isDirectory() ?? false;
}

async function describe(found: Nearby, folder: string, at: string, names: Set<string>): Promise<void> {
  if (isSavedData(names) && found.data.length < listed) found.data.push(at);
  const kindOf = (file: string, field: string) => wordIn(path.join(folder, at, file), field);
  if (names.has('config.json') && found.models.length < listed)
    found.models.push({ path: at, kind: await kindOf('config.json', 'model_type') });
  if (names.has('adapter_config.json') && found.adapters.length < listed) {
    const file = names.has('rankwise.json') ? 'rankwise.json' : 'adapter_config.json';
    found.adapters.push({ path: at, kind: await kindOf(file, 'peft_type') });
  }
}

/** Bytes of a config that are read for its name; real ones have a few thousand. */
const configBytes = 2 ** 18;

/** A text field of a small JSON file; empty where there is none. */
export async function wordIn(file: string, field: string): Promise<string> {
  try {
    // Opening a named pipe would wait for a writer.
    if (!(await stat(file)).isFile()) return '';
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(configBytes), 0, configBytes, 0);
      const value: unknown = JSON.parse(buffer.toString('utf8', 0, bytesRead));
      const word = isRecord(value) ? value[field] : undefined;
      return typeof word === 'string' && /^[\w.-]{1,64}$/.test(word) ? word : '';
    } finally {
      await handle.close();
    }
  } catch {
    // Broken files are reported where they are used.
    return '';
  }
}
