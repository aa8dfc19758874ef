/** Where the rows of a split come from, as `datasets` loads them. */
import path from 'node:path';
import { datasetId } from '../datafiles/cache.ts';
import { knownFormat } from '../datafiles/formats.ts';
import { type SplitName, splitSuffix } from '../datafiles/splits.ts';
import type { SplitFacts } from '../datafiles/types.ts';
import { pythonCall } from './python-text.ts';

/** What is known of the recipe's files. */
export interface Sources {
  /** Of the recipe, absolute: paths in the code start there. */
  folder?: string;
  train?: SplitFacts;
  validation?: SplitFacts;
}

const builders: Readonly<Record<string, string>> = {
  jsonl: 'json',
  json: 'json',
  csv: 'csv',
  tsv: 'csv',
  parquet: 'parquet',
  arrow: 'arrow',
  txt: 'text',
  images: 'imagefolder',
};

export interface Loading {
  /** `datasets.load_dataset(…)` */
  call: string;
  /** The name of the loader; undefined for a data set of the hub. */
  builder?: string;
  files: string[];
}

/** One split. `specs` are those of the recipe; what they turned out to be counts where it is known, else what is `usual`. */
export function loadingOf(
  specs: string | string[],
  role: SplitName,
  { folder, [role]: facts }: Sources,
  usual: string,
): Loading {
  const written = [specs].flat();
  const hub = written.length === 1 ? ofHub(written[0]!, role, facts, folder) : undefined;
  if (hub) return { call: pythonCall('datasets.load_dataset', hub.name, { split: hub.split }), files: [] };
  const readable = written.every((spec) => knownFormat(spec) || /[*?]/.test(spec));
  const found = [facts?.patterns ?? []].flat();
  const files = readable || folder === undefined || found.length === 0 ? written : found.map(from(folder));
  const format = facts?.format ?? knownFormat(written[0] ?? '');
  const builder = (format && builders[format]) ?? usual;
  const given = files.length === 1 ? files[0] : files;
  const call = pythonCall('datasets.load_dataset', [builder], {
    ...(builder === 'imagefolder' ? { data_dir: files[0] } : { data_files: given }),
    ...(format === 'tsv' && { delimiter: '\t' }),
    split: 'train',
  });
  return { call, builder, files };
}

const from = (folder: string) => (file: string) => path.relative(folder, file).replaceAll('\\', '/');

/** `nyu-mll/glue/sst2:train` where no folder of that name lies beside the recipe, but the cache has it. */
function ofHub(spec: string, role: SplitName, facts?: SplitFacts, folder?: string) {
  const { name, split } = splitSuffix(spec) ?? { name: spec, split: role };
  const [file] = facts?.files ?? [];
  if (file === undefined || folder === undefined || knownFormat(spec) || !datasetId.test(name)) return undefined;
  const beside = path.relative(path.resolve(folder, name), file);
  if (!beside.startsWith('..') && !path.isAbsolute(beside)) return undefined;
  const parts = name.split('/');
  return { name: [parts.slice(0, 2).join('/'), ...(parts.length > 2 ? [parts.slice(2).join('/')] : [])], split };
}
