/** Which of many runs are meant: one filter for the command line and the editor, and the query that people write it as. */
import { nearest } from '../base/suggest.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { type StateWord, stateWords, wordsOf } from './run-state.ts';

/** What is not named does not matter; without `archived`, archived runs are left out. */
export interface RunFilter {
  /** All of these occur, in any case, in name, title, tags, method or model, or in the directory's name. */
  text?: string[];
  /** One of these. */
  states?: StateWord[];
  /** One of these, of one of the adapters; `*` stands for anything, here and in the next two. */
  methods?: string[];
  /** One of these. */
  models?: string[];
  /** All of these. */
  tags?: string[];
  starred?: boolean;
  /** `too`: archived runs like others; `only`: no others. */
  archived?: 'too' | 'only';
}

/** What a run is called: its title, else its name. */
export const shownName = ({ labels, name }: RunRecord): string => labels?.title ?? name;

export const methodsOf = ({ method }: RunRecord): string[] => method.split('+');

/** What follows from the filter alone is done once for all runs. */
export function matcher(filter: RunFilter): (record: RunRecord) => boolean {
  const words = (filter.text ?? []).map(fold);
  const states = filter.states?.length ? new Set(filter.states) : undefined;
  const methods = patterns(filter.methods);
  const models = patterns(filter.models);
  const tags = (filter.tags ?? []).map(pattern);
  return (record) => {
    const { labels = {}, model } = record;
    if (filter.archived === undefined && labels.archived) return false;
    if (filter.archived === 'only' && !labels.archived) return false;
    if (filter.starred !== undefined && filter.starred !== (labels.starred ?? false)) return false;
    if (states && !wordsOf(record).some((word) => states.has(word))) return false;
    if (methods && !methodsOf(record).some((method) => methods.some((fits) => fits(method)))) return false;
    if (models && !models.some((fits) => fits(model))) return false;
    if (!tags.every((fits) => labels.tags?.some(fits))) return false;
    if (words.length === 0) return true;
    const all = fold(searched(record));
    return words.every((word) => all.includes(word));
  };
}

/** Line breaks keep a word from matching across two of them. */
const searched = ({ id, name, method, model, labels, sweep }: RunRecord): string =>
  [name, labels?.title ?? '', ...(labels?.tags ?? []), method, model, id, sweep?.name ?? ''].join('\n');

/** Case and the way accents are written do not matter. */
const fold = (text: string): string => text.normalize('NFC').toLowerCase();

type Fits = (value: string) => boolean;
const patterns = (values: readonly string[] | undefined): Fits[] | undefined =>
  values?.length ? values.map(pattern) : undefined;

/** The whole value; by parts from left to right, so that no pattern takes long. */
function pattern(given: string): Fits {
  const [first = '', ...rest] = fold(given).split('*');
  return (value) => {
    const text = fold(value);
    if (rest.length === 0) return text === first;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest.slice(0, -1)) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    const last = rest.at(-1)!;
    return text.length - last.length >= at && text.endsWith(last);
  };
}

/** A part of a query that means nothing, and where it stands (UTF-16 units). */
export interface QueryFault {
  message: string;
  start: number;
  end: number;
}

const keys = ['state', 'method', 'model', 'tag', 'is'] as const;
type Key = (typeof keys)[number];
const flags = ['starred', 'unstarred', 'archived', 'any'] as const;

/**
 * Reads `state:failed,cancelled tag:"night run" method:lora is:starred sst2`: words are looked for everywhere, what has a key only there. `is:archived` means archived runs alone,
 * `is:any` those too. What is wrong is said and otherwise passed over, so that a query can be used while it is typed.
 */
export function parseQuery(query: string): { filter: RunFilter; faults: QueryFault[] } {
  const filter: RunFilter = {};
  const faults: QueryFault[] = [];
  const add = <K extends 'text' | 'methods' | 'models' | 'tags'>(key: K, ...values: string[]) => {
    filter[key] = [...new Set([...(filter[key] ?? []), ...values])];
  };
  for (const { key, values, start, end } of words(query)) {
    const fault = (message: string) => faults.push({ message, start, end });
    if (values.length === 0) {
      if (key) fault(`${key}: needs a value.`);
    } else if (key === undefined) add('text', values.join(','));
    else if (key === 'tag') add('tags', values.join(','));
    else if (key === 'method') add('methods', ...values);
    else if (key === 'model') add('models', ...values);
    else
      for (const value of values.map((each) => each.toLowerCase())) {
        const state = stateWords.find((known) => known === value);
        if (key === 'state' && state) filter.states = [...new Set([...(filter.states ?? []), state])];
        else if (key === 'state') fault(unknown('state', value, stateWords));
        else if (value === 'starred' || value === 'unstarred') filter.starred = value === 'starred';
        else if (value === 'archived' || value === 'any') filter.archived = value === 'any' ? 'too' : 'only';
        else fault(unknown('is', value, flags));
      }
  }
  return { filter, faults };
}

function unknown(key: Key, value: string, known: readonly string[]): string {
  const near = nearest(value, known);
  return `There is no ${key}:${value}. ${near ? `Did you mean ${key}:${near}?` : `There are ${known.join(', ')}.`}`;
}

const quoted = (value: string): string =>
  value === '' || /[\s",]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;

interface Word {
  key?: Key;
  /** Without quotes; split at commas. */
  values: string[];
  start: number;
  end: number;
}

/** Quotes keep spaces and commas; one that is still open reaches to the end. */
function words(query: string): Word[] {
  const found: Word[] = [];
  for (let at = 0; at < query.length; ) {
    if (/\s/.test(query[at]!)) {
      at++;
      continue;
    }
    const start = at;
    const key = keyOf(query.slice(at));
    if (key) at += key.length + 1;
    const values = [''];
    let inQuotes = false;
    let literal = false;
    for (; at < query.length; at++) {
      const character = query[at]!;
      if (character === '"') [inQuotes, literal] = [!inQuotes, true];
      else if (inQuotes && character === '\\' && /["\\]/.test(query[at + 1] ?? ''))
        values.push(values.pop()! + query[++at]);
      else if (!inQuotes && /\s/.test(character)) break;
      else if (!inQuotes && character === ',') values.push('');
      else values.push(values.pop()! + character);
    }
    const whole = key || literal ? values.filter((value) => value !== '') : [query.slice(start, at)];
    found.push({ ...(key && { key }), values: whole, start, end: at });
  }
  return found;
}

const keyOf = (text: string): Key | undefined =>
  keys.find((key) => text.slice(0, key.length + 1).toLowerCase() === `${key}:`);

/** The values there are among some runs, and of how many runs each: the most frequent first, states in their own order. */
export interface Facets {
  states: Map<StateWord, number>;
  methods: Map<string, number>;
  models: Map<string, number>;
  tags: Map<string, number>;
}

export function facets(records: readonly RunRecord[]): Facets {
  const all = { state: new Map<string, number>(), method: new Map(), model: new Map(), tag: new Map() };
  const count = (map: Map<string, number>, value: string) => map.set(value, (map.get(value) ?? 0) + 1);
  for (const record of records) {
    for (const word of wordsOf(record)) count(all.state, word);
    for (const method of new Set(methodsOf(record))) count(all.method, method);
    count(all.model, record.model);
    for (const tag of record.labels?.tags ?? []) count(all.tag, tag);
  }
  const often = (map: Map<string, number>) => new Map([...map].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  return {
    states: new Map(stateWords.flatMap((state) => (all.state.has(state) ? [[state, all.state.get(state)!]] : []))),
    methods: often(all.method),
    models: often(all.model),
    tags: often(all.tag),
  };
}

/** What may stand in the place of the word at the cursor. */
export interface QueryCompletion {
  /** Takes the place of the query's characters from `start` to `end`. */
  text: string;
  start: number;
  end: number;
  /** How many runs it has; of a key there is none. */
  count?: number;
}

/** Completions of the word at `cursor`: keys with their values that occur among `records`. */
export function completeQuery(query: string, cursor: number, records: readonly RunRecord[]): QueryCompletion[] {
  const word = words(query).find(({ start, end }) => start < cursor && cursor <= end);
  const [start, end] = word ? [word.start, word.end] : [cursor, cursor];
  const typed = fold(query.slice(start, cursor).replaceAll('"', ''));
  const { states, methods, models, tags } = facets(records);
  const starred = records.filter(({ labels }) => labels?.starred).length;
  const archived = records.filter(({ labels }) => labels?.archived).length;
  const of = (key: Key, values: Iterable<[string, number]>) =>
    [...values].map(([value, count]) => ({ text: `${key}:${quoted(value)}`, plain: `${key}:${value}`, count }));
  const values = [
    ...of('state', states),
    ...of('method', methods),
    ...of('model', models),
    ...of('tag', tags),
    ...of('is', [
      ['starred', starred],
      ['unstarred', records.length - starred],
      ['archived', archived],
      ['any', records.length],
    ]),
  ];
  const found = word?.key
    ? values.filter(({ plain }) => fold(plain).startsWith(`${word.key}:`) && fold(plain).includes(typed))
    : typed === ''
      ? []
      : values.filter(({ plain }) => fold(plain).includes(typed));
  const named = word?.key ? [] : keys.filter((key) => key.startsWith(typed)).map((key) => ({ text: `${key}:` }));
  return [...named, ...found.map(({ text, count }) => ({ text, count }))].map((each) => ({ ...each, start, end }));
}
