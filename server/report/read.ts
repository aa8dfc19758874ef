/** Reads what a run directory holds beside run.json. What is missing or torn is left out, as it was never written. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../protocol/events.ts';
import { type History, HistoryMaker } from './history.ts';

/** Far beyond any recipe. */
const recipeLimit = 4 * 2 ** 20;

/** The text of recipe.peft; undefined where it is gone or no file that a run writes. */
export function readRecipe(run: string): string | undefined {
  const file = path.join(run, 'recipe.peft');
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= recipeLimit ? readFileSync(file, 'utf8') : undefined;
}

/** The events of metrics.jsonl; those of a run that never began are none. */
export async function readHistory(run: string): Promise<History> {
  const maker = new HistoryMaker();
  const file = path.join(run, 'metrics.jsonl');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return maker.history;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const event = eventOf(line);
    if (event) maker.add(event);
  }
  return maker.history;
}

/** Undefined for a line that a crash has torn. */
function eventOf(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as RunEvent;
    return typeof event === 'object' && event !== null && typeof event.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
