/** The folders and files that an inspection names, as places to go to. */
import { statSync } from 'node:fs';
import path from 'node:path';

export interface PlaceLink {
  line: number;
  from: number;
  to: number;
  /** What a person wants to see of it: of a folder its configuration. */
  file: string;
}

/** Lines before this one: the facts; norms and findings come after. */
const most = 200;

/** Absolute paths that end a line after at least two spaces. */
export function linksIn(text: string): PlaceLink[] {
  return text.split('\n', most).flatMap((content, line) => {
    const found = /^(?:\S+(?: \S+)*)?\s{2,}(.+)$/.exec(content)?.[1];
    if (found === undefined || !path.isAbsolute(found)) return [];
    const file = shownOf(found);
    return file === undefined ? [] : [{ line, from: content.length - found.length, to: content.length, file }];
  });
}

function shownOf(place: string): string | undefined {
  const inside = ['', 'adapter_config.json', 'config.json'].map((name) =>
    name === '' ? place : path.join(place, name),
  );
  return inside.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}
