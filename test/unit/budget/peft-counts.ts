/** What PEFT counts: rows of a fixture for the methods that are here, and an estimate held against one. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { estimate } from '../../../server/budget/estimate.ts';
import { isMethod } from '../../../server/methods/registry.ts';
import { recipe, table } from './harness.ts';

export interface Row {
  method: string;
  set?: string;
  target_modules?: string | string[] | null;
  hyperparameters: Record<string, unknown>;
  trainable: number;
  adapterOnly?: number;
  allParams: number;
}

export interface NamedRow {
  name: string;
  totalParameters: number;
  row: Row;
  label: string;
}

export function rowsOf(file: string): NamedRow[] {
  const { models } = JSON.parse(readFileSync(`test/fixtures/${file}`, 'utf8')) as {
    models: Record<string, { totalParameters: number; rows: Row[] }>;
  };
  return Object.entries(models).flatMap(([name, { totalParameters, rows }]) =>
    rows
      .filter(({ method }) => isMethod(method))
      .map((row) => ({
        name,
        totalParameters,
        row,
        label: `${row.method} ${name} ${row.set ?? ''} ${JSON.stringify(row.hyperparameters)}`,
      })),
  );
}

/** `fields` are the row's hyperparameters by their names here. */
export function expectCounts({ name, totalParameters, row }: NamedRow, fields: Record<string, unknown>): void {
  const targets = row.target_modules ? { target_modules: row.target_modules } : {};
  const entry = JSON.stringify({ method: row.method, ...fields, ...targets });
  expect(estimate(recipe(name, entry), table(name))).toMatchObject({
    totalParameters,
    trainableParameters: row.trainable,
    allParameters: row.allParams,
    adapterParameters: row.adapterOnly ?? row.trainable,
  });
}
