/** Every op of the engine with its judge: any backend's suite runs `agrees(case)` for each of `CASES`. */
import { activations } from './activations.ts';
import { positions } from './attention.ts';
import type { Case } from './case.ts';
import { lowRank } from './low-rank.ts';
import { norms } from './norms.ts';
import { orthogonal } from './orthogonal.ts';
import { products } from './products.ts';
import { rows } from './rows.ts';
import { spectral } from './spectral.ts';

export { agrees, type Case, constant, type RunStep, type Tolerance } from './case.ts';

export const CASES: Case[] = [
  ...norms,
  ...activations,
  ...positions,
  ...rows,
  ...products,
  ...lowRank,
  ...spectral,
  ...orthogonal,
];
