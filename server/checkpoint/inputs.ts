/** What a run reads, described so that another description means other content: sizes and times of its files. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { SplitFacts } from '../datafiles/types.ts';
import type { SubmitParams } from '../protocol/daemon.ts';
import { foundIn, type LaunchOptions, submission } from '../recipe/submission.ts';
import type { Recipe } from '../recipe/types.ts';

/** Reads no content. One object serves all points of a sweep, which share most of their files. */
export class Inputs {
  private readonly described = new Map<string, string>();

  /** Of the model's folder, the data files (absolute), and what else the recipe, which lies in `folder`, names. */
  describe(recipe: Recipe, folder: string, modelDir: string, dataFiles: readonly string[]): string {
    const template = recipe.data?.chat_template;
    const named = [
      ...recipe.adapters.flatMap((entry) => entry.path ?? []),
      ...(template === undefined ? [] : [template]),
    ];
    const all = [modelDir, ...dataFiles, ...named.map((file) => path.resolve(folder, file))];
    return all.map((file) => this.of(file)).join('\n');
  }

  private of(file: string): string {
    const known = this.described.get(file);
    if (known !== undefined) return known;
    const files = statOf(file)?.isDirectory() ? namesIn(file).map((name) => path.join(file, name)) : [file];
    const text = files.flatMap(fileText).join('\n');
    this.described.set(file, text);
    return text;
  }
}

const fileText = (file: string): string[] => {
  const stat = statOf(file);
  return stat?.isFile() ? [JSON.stringify([file, stat.size, stat.mtimeMs])] : [];
};

const statOf = (file: string): Stats | undefined => statSync(file, { throwIfNoEntry: false });

const namesIn = (folder: string): string[] => readdirSync(folder).sort();

interface Splits {
  train?: SplitFacts;
  validation?: SplitFacts;
}

/** Analysed recipes of one `file` as the daemon takes them, the same from wherever they come. `version`: of what computes them. */
export function submitter(file: string, version: string, options: LaunchOptions = {}) {
  const inputs = new Inputs();
  return (recipe: Recipe, methods: readonly string[], modelDir: string, data: Splits = {}): SubmitParams => {
    const dataFiles = [...(data.train?.files ?? []), ...(data.validation?.files ?? [])];
    const described = `${version}\n${inputs.describe(recipe, path.dirname(file), modelDir, dataFiles)}`;
    return submission(recipe, methods, file, foundIn(modelDir, data), { ...options, inputs: described });
  };
}
