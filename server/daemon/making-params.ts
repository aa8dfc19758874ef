/** The parameters of requests on models, adapters and data, checked. Errors: `bad-request`. */
import path from 'node:path';
import type { AdapterTask } from '../protocol/adapters.ts';
import type { InspectParams } from '../protocol/inspect.ts';
import type { PreviewParams } from '../protocol/preview.ts';
import type { SpectrumOf, SpectrumParams } from '../protocol/spectrum.ts';
import { homeFolder } from '../wire/places.ts';
import { absolutePath, badRequest, textOf } from './params.ts';

export function previewParams(params: Record<string, unknown>): PreviewParams {
  const { split, rows, ids, columns } = params;
  const recipeText = textOf(params, 'recipeText');
  if (split !== 'train' && split !== 'validation') throw badRequest('split', '`train` or `validation`');
  const number = (key: string, value: unknown, most: number): number => {
    if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= most) return value as number;
    throw badRequest(key, `a whole number from 1 to ${most}`);
  };
  return {
    recipeText,
    split,
    rows: number('rows', rows, 1000),
    ...(ids === true && { ids }),
    ...(columns !== undefined && { columns: number('columns', columns, 10_000) }),
    cwd: absolutePath(params, 'cwd'),
  };
}

export function inspectParams(params: Record<string, unknown>): InspectParams {
  const { other, roots = [], columns, checkBase } = params;
  const isPath = (one: unknown): one is string => typeof one === 'string' && path.isAbsolute(one);
  if (!Array.isArray(roots) || !roots.every(isPath)) throw badRequest('roots', 'a list of absolute paths');
  if (columns !== undefined && !(Number.isInteger(columns) && (columns as number) > 0))
    throw badRequest('columns', 'a whole number from 1 on');
  return {
    adapter: absolutePath(params, 'adapter'),
    ...(other !== undefined && { other: absolutePath(params, 'other') }),
    roots,
    ...(columns !== undefined && { columns: columns as number }),
    ...(checkBase === true && { checkBase }),
    home: homeFolder(),
  };
}

const spectrumOf: readonly SpectrumOf[] = ['base', 'merged', 'update'];

export function spectrumParams(params: Record<string, unknown>): Omit<SpectrumParams, 'home'> {
  const { of } = params;
  if (of !== undefined && !(Array.isArray(of) && of.length > 0 && of.every((each) => spectrumOf.includes(each))))
    throw badRequest('of', `a list of ${spectrumOf.join(', ')}`);
  const text = (key: 'modules' | 'kernel') => (params[key] === undefined ? undefined : textOf(params, key));
  const { changes } = params;
  if (changes !== undefined && typeof changes !== 'boolean') throw badRequest('changes', 'true or false');
  const [modules, kernel] = [text('modules'), text('kernel')];
  return {
    model: absolutePath(params, 'model'),
    ...(params.adapter !== undefined && { adapter: absolutePath(params, 'adapter') }),
    ...(of !== undefined && { of: [...new Set(of)] }),
    ...(changes !== undefined && { changes }),
    ...(modules !== undefined && { modules }),
    ...(kernel !== undefined && { kernel }),
  };
}

export function idParam({ id }: Record<string, unknown>): string {
  if (typeof id === 'string' && id !== '') return id;
  throw badRequest('id', 'a text of your own');
}

/** At most as many as a picker shows; the job says what is wrong within one. */
export function taskList(tasks: unknown): AdapterTask[] {
  const kinds = ['merge', 'export', 'compose'];
  const isTask = (task: unknown) =>
    kinds.includes((task as AdapterTask | null)?.kind ?? '') && hasFolders(task as AdapterTask);
  if (Array.isArray(tasks) && tasks.length <= 20 && tasks.every(isTask)) return tasks;
  throw badRequest('tasks', `a list of at most 20 tasks, each ${kinds.join(', ')} of absolute paths`);
}

/** A client's working directory is not ours. */
function hasFolders(task: AdapterTask): boolean {
  const named: unknown = task.kind === 'compose' ? task.sources : [task];
  if (!Array.isArray(named) || named.length === 0) return false;
  return named.every((source) => typeof source?.adapter === 'string' && path.isAbsolute(source.adapter));
}
