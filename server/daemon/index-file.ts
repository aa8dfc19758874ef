/**
 * The index of run directories, `$RANKWISE_HOME/runs.jsonl`: one line per run, appended and fsynced before a submit is answered.
 * It only says where to look; what a run is stands in its directory. The line keeps enough to show a directory that was moved away.
 */

import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../base/files.ts';
import { recipeFile } from '../base/run-folder.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { isSweepPlace } from './record.ts';

export type IndexLine = Pick<RunRecord, 'run' | 'id' | 'name' | 'recipe' | 'method' | 'model' | 'createdAt' | 'sweep'>;

export class IndexFile {
  private readonly file: string;

  constructor(home: string) {
    this.file = path.join(home, 'runs.jsonl');
  }

  /** The last line of each run. Lines that a crash or another hand has broken are passed over: their directories can be adopted. */
  read(): { lines: IndexLine[]; broken: number } {
    let text = '';
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const lines = new Map<string, IndexLine>();
    let broken = 0;
    for (const part of text.split('\n')) {
      if (part === '') continue;
      const line = parseLine(part);
      if (line) lines.set(line.run, line);
      else broken++;
    }
    return { lines: [...lines.values()], broken };
  }

  async add(record: RunRecord): Promise<void> {
    const handle = await open(this.file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const last = size > 0 ? (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] : 10;
      await handle.appendFile(`${last === 10 ? '' : '\n'}${JSON.stringify(lineOf(record))}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  replace(lines: readonly IndexLine[]): void {
    writeFileAtomic(this.file, lines.map((line) => `${JSON.stringify(lineOf(line))}\n`).join(''), 0o600);
  }
}

const lineOf = ({ run, id, name, recipe, method, model, createdAt, sweep }: IndexLine): IndexLine => ({
  run,
  id,
  name,
  recipe,
  method,
  model,
  createdAt,
  ...(sweep && { sweep }),
});

function parseLine(text: string): IndexLine | undefined {
  try {
    const line = JSON.parse(text) as Record<string, unknown>;
    if (typeof line.run !== 'string' || !path.isAbsolute(line.run)) return undefined;
    const field = (key: string, otherwise: string) =>
      typeof line[key] === 'string' ? (line[key] as string) : otherwise;
    return {
      run: line.run,
      id: path.basename(line.run),
      name: field('name', path.basename(line.run)),
      recipe: field('recipe', recipeFile(line.run)),
      method: field('method', '?'),
      model: field('model', '?'),
      createdAt: field('createdAt', new Date(0).toISOString()),
      ...(isSweepPlace(line.sweep) && { sweep: line.sweep }),
    };
  } catch {
    return undefined;
  }
}
