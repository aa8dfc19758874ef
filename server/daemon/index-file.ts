/**
 * The index of run directories, `$RANKWISE_HOME/runs.jsonl`: one line per run, appended and fsynced before a submit is answered.
 * It only says where to look; what a run is stands in its directory. The line keeps enough to show a directory that was moved away.
 */

import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { recipeFile } from '../base/run-folder.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { writeDurably } from './durable.ts';
import { labelsOf } from './labels.ts';
import { isSweepPlace } from './record.ts';
import { Turns } from './turns.ts';

export type IndexLine = Pick<
  RunRecord,
  'run' | 'id' | 'name' | 'recipe' | 'method' | 'model' | 'createdAt' | 'sweep' | 'labels'
>;

export class IndexFile {
  private readonly file: string;
  /** What is written comes one after the other: a line that is appended while the file is replaced would be lost. */
  private readonly turns = new Turns();

  constructor(home: string) {
    this.file = path.join(home, 'runs.jsonl');
  }

  /**
   * The last line of each run. Lines that a crash or another hand has broken are passed over: their directories can be adopted. `old`: how many lines later
   * ones have taken the place of.
   */
  read(): { lines: IndexLine[]; broken: number; old: number } {
    let text = '';
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const lines = new Map<string, IndexLine>();
    let [broken, old] = [0, 0];
    for (const part of text.split('\n')) {
      if (part === '') continue;
      const line = parseLine(part);
      if (line && lines.has(line.run)) old++;
      if (line) lines.set(line.run, line);
      else broken++;
    }
    return { lines: [...lines.values()], broken, old };
  }

  /** Durable when it resolves. */
  add(...lines: readonly IndexLine[]): Promise<void> {
    return this.turns.take(() => this.append(lines.map((line) => `${JSON.stringify(lineOf(line))}\n`).join('')));
  }

  /** Whole or not at all. `lines` is asked when its turn comes. */
  replace(lines: () => Iterable<IndexLine>): Promise<void> {
    return this.turns.take(() => {
      const text = Array.from(lines(), (line) => `${JSON.stringify(lineOf(line))}\n`).join('');
      return writeDurably(this.file, text, 0o600);
    });
  }

  private async append(text: string): Promise<void> {
    const handle = await open(this.file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const last = size > 0 ? (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] : 10;
      await handle.appendFile(`${last === 10 ? '' : '\n'}${text}`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

const lineOf = ({ run, id, name, recipe, method, model, createdAt, sweep, labels }: IndexLine): IndexLine => ({
  run,
  id,
  name,
  recipe,
  method,
  model,
  createdAt,
  ...(sweep && { sweep }),
  ...(labels && { labels }),
});

function parseLine(text: string): IndexLine | undefined {
  try {
    const line = JSON.parse(text) as Record<string, unknown>;
    if (typeof line.run !== 'string' || !path.isAbsolute(line.run)) return undefined;
    const field = (key: string, otherwise: string) =>
      typeof line[key] === 'string' ? (line[key] as string) : otherwise;
    const labels = line.labels === undefined ? undefined : labelsOf(line.labels);
    return {
      run: line.run,
      id: path.basename(line.run),
      name: field('name', path.basename(line.run)),
      recipe: field('recipe', recipeFile(line.run)),
      method: field('method', '?'),
      model: field('model', '?'),
      createdAt: field('createdAt', new Date(0).toISOString()),
      ...(isSweepPlace(line.sweep) && { sweep: line.sweep }),
      ...(labels && { labels }),
    };
  } catch {
    return undefined;
  }
}
