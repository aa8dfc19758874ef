import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  asComparison,
  baseOfAdapter,
  kindOfFolder,
  runOfAdapter,
  subjectOf,
} from '../../../client/spectrum-subjects.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'rw-'));
  const files = {
    'base/config.json': '{}',
    'run/run.json': '{}',
    'run/recipe.peft': '',
    'run/adapter/adapter_config.json': '{ "base_model_name_or_path": "../../base" }',
    'run/checkpoints/step-1/adapter/adapter_config.json': '{}',
    'hub/adapter_config.json': '{ "base_model_name_or_path": "org/name" }',
    'broken/adapter_config.json': '{',
    'none/readme.md': '',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string) => path.join(root, name);

test('a folder is what it has in it', () => {
  expect(['base', 'run', 'run/adapter', 'broken'].map((name) => kindOfFolder(at(name)))).toEqual([
    'model',
    'run',
    'adapter',
    'adapter',
  ]);
  expect(() => kindOfFolder(at('none'))).toThrow('no folder of a model');
});

test('an adapter belongs to the run around it', () => {
  const runs = ['run/adapter', 'run/checkpoints/step-1/adapter', 'hub'].map((name) => runOfAdapter(at(name)));
  expect(runs).toEqual([at('run'), at('run'), undefined]);
});

test("an adapter's base is known where it is a folder here", () => {
  const bases = ['run/adapter', 'hub', 'broken'].map((name) => baseOfAdapter(at(name)));
  expect(bases).toEqual([at('base'), undefined, undefined]);
});

test('subjects are called by their folders, or as their run', () => {
  expect(subjectOf('/m/roberta').title).toBe('roberta');
  expect(subjectOf('/m/roberta', '/a/adapter', 'pirate').title).toBe('roberta + pirate');
  expect(subjectOf('/m/roberta', '/a/sst2').title).toBe('roberta + sst2');
});

test('a base against its own adapter is one subject, anything else two', () => {
  const [base, merged, other] = [subjectOf('/m'), subjectOf('/m', '/a'), subjectOf('/o')];
  expect(asComparison(base, merged)).toEqual([merged]);
  expect(asComparison(base, other)).toEqual([base, other]);
  expect(asComparison(merged, subjectOf('/m', '/b'))).toHaveLength(2);
});
