/** What people say of runs: its form in requests and in files, and what a change makes of it. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { longestTag, longestTitle, mostTags, sameTag, tagFault, titleFault } from '../base/labels.ts';
import { isRecord } from '../base/record.ts';
import type { LabelChange } from '../protocol/daemon.ts';
import type { RunLabels } from '../protocol/runs.ts';
import { syncFolder, writeDurably } from './durable.ts';
import { badRequest, objectOf } from './params.ts';

/** Beside `run.json`, should that be lost. `labels.json` is the names of classes that the data has. */
export const labelsFile = (run: string): string => path.join(run, 'run-labels.json');

/** Those in `run-labels.json`; undefined where there are none, or nothing that can be read. */
export function readLabels(run: string): RunLabels | undefined {
  try {
    return labelsOf(JSON.parse(readFileSync(labelsFile(run), 'utf8')));
  } catch {
    return undefined; // none were given, or a hand has broken it: it is a run all the same
  }
}

/** Durably; none at all leave no file. Throws the system's error. */
export async function writeLabels(run: string, labels: RunLabels | undefined): Promise<void> {
  if (labels) return writeDurably(labelsFile(run), `${JSON.stringify(labels, null, 2)}\n`);
  await rm(labelsFile(run), { force: true });
  await syncFolder(run);
}

/** The good parts of a value from a file; undefined where nothing is left. */
export function labelsOf(value: unknown): RunLabels | undefined {
  if (!isRecord(value)) return undefined;
  const { title, starred, tags, archived } = value;
  const good = Array.isArray(tags)
    ? tags.filter((tag): tag is string => typeof tag === 'string' && !tagFault(tag))
    : [];
  return filled({
    ...(typeof title === 'string' && !titleFault(title) && { title: title.trim() }),
    ...(starred === true && { starred }),
    tags: withTags([], good).slice(0, mostTags),
    ...(archived === true && { archived }),
  });
}

/** Labels after a change. Errors: `too-many-tags`. */
export function changedLabels(labels: RunLabels = {}, change: LabelChange): RunLabels | undefined {
  const { title, starred, archived, addTags = [], removeTags = [] } = change;
  const left = (labels.tags ?? []).filter((tag) => !removeTags.some((gone) => sameTag(gone, tag)));
  const tags = withTags(left, addTags);
  if (tags.length > mostTags)
    throw new RankwiseError('too-many-tags', `A run has at most ${mostTags} tags; this would make ${tags.length}.`, {
      hint: 'Take some away first: `rankwise label RUN --untag TAG`.',
    });
  const now = {
    title: title === undefined ? labels.title : title?.trim(),
    starred: starred ?? labels.starred,
    archived: archived ?? labels.archived,
  };
  return filled({
    ...(now.title !== undefined && { title: now.title }),
    ...(now.starred && { starred: true }),
    tags,
    ...(now.archived && { archived: true }),
  });
}

/** Each once, as it was first written. */
function withTags(tags: readonly string[], more: readonly string[]): string[] {
  const all = [...tags];
  for (const tag of more.map((each) => each.trim())) if (!all.some((known) => sameTag(known, tag))) all.push(tag);
  return all;
}

/** Without what says nothing. */
function filled({ tags, ...labels }: RunLabels): RunLabels | undefined {
  const all: RunLabels = { ...labels, ...(tags && tags.length > 0 && { tags }) };
  return Object.keys(all).length > 0 ? all : undefined;
}

/** Checks a change that comes from outside. Errors: `bad-request`. */
export function labelChange(value: unknown): LabelChange {
  const { title, starred, archived, addTags, removeTags, ...more } = objectOf(value, 'change');
  const [unknown] = Object.keys(more);
  if (unknown !== undefined)
    throw badRequest(`change.${unknown}`, 'left out: there is title, starred, archived, addTags, removeTags');
  return {
    ...(title !== undefined && { title: titleOf(title) }),
    ...(starred !== undefined && { starred: flagOf('starred', starred) }),
    ...(archived !== undefined && { archived: flagOf('archived', archived) }),
    ...(addTags !== undefined && { addTags: tagsOf('addTags', addTags) }),
    ...(removeTags !== undefined && { removeTags: tagsOf('removeTags', removeTags) }),
  };
}

function titleOf(given: unknown): string | null {
  if (given === null || (typeof given === 'string' && !titleFault(given))) return given;
  throw badRequest('change.title', `one line of 1 to ${longestTitle} characters, or null`);
}

function flagOf(key: string, given: unknown): boolean {
  if (typeof given === 'boolean') return given;
  throw badRequest(`change.${key}`, 'true or false');
}

function tagsOf(key: string, given: unknown): string[] {
  const fits = (tag: unknown) => typeof tag === 'string' && !tagFault(tag);
  if (Array.isArray(given) && given.length <= 1000 && given.every(fits)) return given;
  throw badRequest(`change.${key}`, `a list of tags of 1 to ${longestTag} characters on one line`);
}
