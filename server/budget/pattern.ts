/** One regular expression in Python's syntax against many module names, in bounded time. */
import vm from 'node:vm';
import { RE2JS } from 're2js';
import { translate } from './python-regex.ts';

export type PatternFault = 'target-invalid' | 'target-unsupported' | 'target-too-slow';
export type Matched = { matches: boolean[] } | { fault: PatternFault; reason: string };

/** RE2's time is linear in the size of the pattern, its counted repeats written out, times the length of the names. */
const maxSize = 5_000;
/** Milliseconds for a pattern that only a backtracking engine can run, all names together. */
const slowLimit = 50;
const maxTries = 10;

/** Milliseconds that such patterns may take in one analysis; whoever analyses makes one. */
export class Patience {
  left = 200;
}

const cache = new Map<string, { names: readonly string[]; result: Matched }>();
const cacheSize = 200;

/** Whether the whole of each name matches, as Python's `re.fullmatch`; never throws. Results are kept per array of names. */
export function fullMatch(pattern: string, names: readonly string[], patience = new Patience()): Matched {
  const known = cache.get(pattern);
  if (known?.names === names) return known.result;
  const start = process.cpuUsage();
  const result = match(pattern, names, patience);
  if ('fault' in result && result.fault === 'target-too-slow') {
    patience.left -= spentSince(start);
    // With more patience it may yet match.
    if (patience.left <= 0) return result;
  }
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!);
  cache.set(pattern, { names, result });
  return result;
}

function match(pattern: string, names: readonly string[], patience: Patience): Matched {
  const repeats = [...pattern.slice(0, maxSize).matchAll(/\{(\d*),?(\d*)\}/g)];
  const size = repeats.reduce((sum, [, low, high]) => sum + Math.max(Number(low), Number(high)), pattern.length);
  if (size > maxSize)
    return {
      fault: 'target-unsupported',
      reason: `it is longer than ${maxSize} characters with its repeats written out`,
    };
  try {
    const { re2, js, flags } = translate(pattern);
    if (re2 === undefined) {
      if (patience.left <= 0) return { fault: 'target-too-slow', reason: 'patterns like it took too long already' };
      return backtrack(`^(?:${js})$`, flags, names);
    }
    const regex = RE2JS.compile(re2);
    return { matches: names.map((name) => regex.testExact(name)) };
  } catch (error) {
    return { fault: 'target-invalid', reason: (error as Error).message };
  }
}

let sandbox: { context: vm.Context; script: vm.Script } | undefined;

/**
 * V8 stops a script in the middle of a match when its time is over, so no thread is needed. Only data goes in. The limit is on
 * processor time: on a busy machine the clock alone would condemn harmless patterns, so they get another try.
 */
function backtrack(source: string, flags: string, names: readonly string[]): Matched {
  new RegExp(source, flags);
  sandbox ??= {
    context: vm.createContext({}, { codeGeneration: { strings: false, wasm: false } }),
    script: new vm.Script('{ const regex = new RegExp(source, flags); names.map((name) => regex.test(name)); }'),
  };
  Object.assign(sandbox.context, { source, flags, names });
  const start = process.cpuUsage();
  for (let tries = 0; tries < maxTries; tries++) {
    try {
      const matches = sandbox.script.runInContext(sandbox.context, { timeout: slowLimit }) as boolean[];
      return { matches: [...matches] };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      if (spentSince(start) >= slowLimit) break;
    }
  }
  return { fault: 'target-too-slow', reason: `it took more than ${slowLimit} ms` };
}

/** Processor milliseconds. */
function spentSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
