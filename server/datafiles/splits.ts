/** Which split of a data set a file belongs to, by its name, as `datasets` tells: `data/train-00000-of-00004.parquet`, `dev.csv`, `test/1.jsonl`. */
import path from 'node:path';

export type SplitName = 'train' | 'validation';

/** Other names of splits, by the word in a file's name. */
const words: Record<string, string> = {
  ...Object.fromEntries(['train', 'training'].map((word) => [word, 'train'])),
  ...Object.fromEntries(['validation', 'valid', 'dev', 'val'].map((word) => [word, 'validation'])),
  ...Object.fromEntries(['test', 'testing', 'eval', 'evaluation'].map((word) => [word, 'test'])),
};

const sharded = /^(.+)-\d{5}-of-\d{5}(-[\da-f]+)?$/;

/**
 * The split that a file names, by its path within the data set, and the folder of what it belongs to without the split's own folder;
 * `split` is undefined where no name says any. Arrow files of the cache are called NAME-SPLIT.
 */
export function splitOf(file: string): { split: string | undefined; folder: string } {
  const folders = file.split('/');
  const base = folders.pop()!;
  const name = base.replace(/\.gz$/i, '').replace(/\.\w+$/, '');
  const [, shard] = sharded.exec(name) ?? [];
  const own = shard ?? name;
  const split = base.endsWith('.arrow') ? own.slice(own.lastIndexOf('-') + 1) : (shard ?? wordIn(own));
  if (split !== undefined) return { split: words[split] ?? split, folder: folders.join('/') };
  const at = folders.findLastIndex((folder) => wordIn(folder) !== undefined);
  return at < 0
    ? { split: undefined, folder: folders.join('/') }
    : { split: wordIn(folders[at]!), folder: [...folders.slice(0, at), ...folders.slice(at + 1)].join('/') };
}

function wordIn(name: string): string | undefined {
  const word = name.split(/[-._ \d]+/).find((part) => Object.hasOwn(words, part));
  return word === undefined ? undefined : words[word];
}

/** `name:split`: the two halves, where there is such an ending. */
export function splitSuffix(spec: string): { name: string; split: string } | undefined {
  const [, name, split] = /^(.+):([A-Za-z]\w*(?:\.\w+)*)$/.exec(spec) ?? [];
  return name === undefined || split === undefined || path.isAbsolute(split) ? undefined : { name, split };
}
