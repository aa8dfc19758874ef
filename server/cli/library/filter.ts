/** The options of `rankwise runs` that say which runs are meant, and in which order. */
import { nearest } from '../../base/suggest.ts';
import { parseQuery, type RunFilter } from '../../metrics/run-filter.ts';
import {
  type OrderColumn,
  orderChoices,
  orderColumn,
  orderKeys,
  parseOrder,
  type RunOrder,
} from '../../metrics/run-order.ts';
import { type StateWord, stateWords } from '../../metrics/run-state.ts';
import type { RunRecord } from '../../protocol/runs.ts';
import { type Invocation, usageError, wholeNumber } from '../command.ts';

export const filterOptions = {
  search: {
    type: 'string',
    short: 's',
    value: 'TEXT',
    doc: 'Only runs with all these words in name, title, tags, method, model or id; also state:, method:, model:, tag:, is:.',
  },
  state: { type: 'string', value: 'STATES', doc: `Only these, separated by commas: ${stateWords.join(', ')}.` },
  method: {
    type: 'string',
    value: 'METHODS',
    doc: 'Only runs of these methods, separated by commas; * stands for anything.',
  },
  model: {
    type: 'string',
    value: 'MODELS',
    doc: 'Only runs of these models, by the names of their folders; * stands for anything.',
  },
  tag: { type: 'string', value: 'TAG', multiple: true, doc: 'Only runs with this tag; given twice, with both.' },
  starred: { type: 'boolean', doc: 'Only runs with a star.' },
  archived: { type: 'boolean', doc: 'Only archived runs, which are left out otherwise.' },
  all: { type: 'boolean', doc: 'Archived runs too.' },
  sort: {
    type: 'string',
    value: 'ORDER',
    doc: `One list, by ${orderKeys.join(', ')}, a metric (accuracy, …) or a field that a sweep varies: the first or best at the top. ORDER:asc and ORDER:desc say the direction.`,
  },
  limit: {
    type: 'string',
    short: 'n',
    value: 'N',
    doc: 'At most so many: the first of the order, without --sort the newest.',
  },
} as const;

type Options = Invocation<typeof filterOptions>['options'];

/** Errors: `usage`. */
export function filterOf(options: Options): RunFilter {
  const { filter, faults } = parseQuery(options.search ?? '');
  if (faults[0]) throw usageError(`--search: ${faults[0].message}`, 'A word in "quotes" is looked for as it stands.');
  if (options.archived && options.all) throw usageError('--archived and --all exclude each other.');
  const list = (option: 'state' | 'method' | 'model') => {
    const values = options[option]?.split(',').map((value) => value.trim());
    if (values?.includes('')) throw usageError(`--${option} needs a value before and after each comma.`);
    return values ?? [];
  };
  const joined = <K extends 'states' | 'methods' | 'models' | 'tags'>(key: K, more: NonNullable<RunFilter[K]>) => {
    const all = [...(filter[key] ?? []), ...more];
    return all.length > 0 ? { [key]: all } : {};
  };
  return {
    ...filter,
    ...joined('states', list('state').map(stateOf)),
    ...joined('methods', list('method')),
    ...joined('models', list('model')),
    ...joined('tags', options.tag ?? []),
    ...(options.starred && { starred: true }),
    ...(options.archived && { archived: 'only' }),
    ...(options.all && { archived: 'too' }),
  };
}

function stateOf(given: string): StateWord {
  const known = stateWords.find((state) => state === given.toLowerCase());
  if (known) return known;
  const near = nearest(given, stateWords);
  throw usageError(
    `There is no state ${JSON.stringify(given)}.`,
    near ? `Did you mean ${near}?` : `There are ${stateWords.join(', ')}.`,
  );
}

/** Errors: `usage`. */
export function orderOf({ sort }: Options): RunOrder | undefined {
  if (sort === undefined) return undefined;
  const order = parseOrder(sort);
  if (order) return order;
  throw usageError(
    `--sort ${JSON.stringify(sort)} is no order.`,
    'It is one name, or a name with a direction: accuracy:asc, size:desc. `newest` and `oldest` have theirs.',
  );
}

/** What the order goes by. Errors: `usage` where none of the runs has it. */
export function columnOf(
  order: RunOrder,
  records: readonly RunRecord[],
  bytes?: (run: string) => number | undefined,
): OrderColumn | undefined {
  const column = orderColumn(order, records, bytes);
  if (column !== 'unknown') return column;
  const { near, all } = orderChoices(order.key, records);
  throw usageError(
    `--sort: no run has ${JSON.stringify(order.key)}.`,
    near ? `Did you mean ${near}?` : `There are ${all.join(', ')}.`,
  );
}

export const limitOf = ({ limit }: Options): number => wholeNumber('limit', limit, Number.POSITIVE_INFINITY, 1);
