/** Which modules a pattern of the command line or the editor means. */
import { RankwiseError } from '../../base/errors.ts';

/**
 * `*` stands for any characters; several patterns are parted by commas. As in `target_modules`, a pattern means a whole name or what
 * follows a dot: `q_proj`, `layers.0.*`. Throws `no-module-matches` where there is none.
 */
export function selectModules<T>(items: readonly T[], patterns: string | undefined, nameOf: (item: T) => string): T[] {
  if (patterns === undefined) return [...items];
  const tests = patterns
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
    .map(matcher);
  const found = items.filter((item) => tests.some((test) => test(nameOf(item))));
  if (found.length > 0) return found;
  const some = items.slice(0, 3).map(nameOf).join(', ');
  throw new RankwiseError('no-module-matches', `No linear module of the model matches ${JSON.stringify(patterns)}.`, {
    hint: `\`*\` stands for any characters. Its modules: ${some}${items.length > 3 ? ', …' : ''}.`,
  });
}

/** Without a regular expression, whose time some patterns would make exponential: literal parts are looked for one after another. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return (name) => {
    if (parts.length === 1) return name === pattern || name.endsWith(`.${pattern}`);
    const starts = [0, ...[...name.matchAll(/\./g)].map(({ index }) => index + 1)];
    return starts.some((start) => name.startsWith(first, start) && restMatches(name, start + first.length));
  };

  function restMatches(name: string, from: number): boolean {
    let at = from;
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  }
}
