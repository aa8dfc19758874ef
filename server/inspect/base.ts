/** The base that an adapter names: whether it is here, and whether its weights are those that the adapter was trained on. */
import path from 'node:path';
import { type ErrorData, errorData } from '../base/errors.ts';
import { type BaseWeights, baseWeights, digestsOf, keptDigests } from '../checkpoint/base-weights.ts';
import { loadModelFacts, type ModelFacts } from '../checkpoint/model-facts.ts';
import { openCheckpoint } from '../checkpoint/model-folder.ts';
import type { InspectFinding, Inspection, InspectParams } from '../protocol/inspect.ts';
import { tasksOf } from './judge.ts';

/** Bytes of a base that is hashed without being asked for: about a second. */
const quick = 512 * 2 ** 20;

/** `model`, or the one that the configuration names, for its task; looked for from its own folder, then from `roots`. */
export async function findBase(
  config: Record<string, unknown>,
  dir: string,
  { model, roots = [] }: InspectParams,
): Promise<{ model: ModelFacts } | { error: ErrorData } | undefined> {
  const base = model ?? config.base_model_name_or_path;
  if (typeof base !== 'string' || base === '') return undefined;
  let first: ErrorData | undefined;
  for (const cwd of [dir, ...roots])
    for (const task of tasksOf(config))
      try {
        return { model: await loadModelFacts(base, { cwd, task }) };
      } catch (error) {
        first ??= errorData(error);
      }
  return first && { error: first };
}

/** Compares digests where they are kept, the base is small, or `checkBase` asks for it. */
export async function compareWeights(
  recorded: BaseWeights | undefined,
  model: ModelFacts | undefined,
  dir: string,
  { home, checkBase = false }: InspectParams,
): Promise<{ weights: Inspection['base']['weights']; findings: InspectFinding[] }> {
  if (!recorded) return { weights: 'not-recorded', findings: [] };
  if (!model?.hasWeights) return { weights: 'not-compared', findings: [] };
  const checkpoint = await openCheckpoint(model.dir);
  try {
    const weights = checkpoint.weights();
    const size = weights.reduce((sum, { range }) => sum + range.length, 0);
    const kept = home === undefined ? undefined : keptDigests(weights, home);
    if (!kept && !checkBase && size > quick) return { weights: 'not-compared', findings: [] };
    const here = kept ?? (await digestsOf(weights, home));
    if (here.sha256 === recorded.sha256) return { weights: 'same', findings: [] };
    const all = Object.keys(recorded.matrices);
    const present = baseWeights(here, all, (name) => checkpoint.info(name)?.storedName).matrices;
    const differing = all.filter((module) => present[module] !== recorded.matrices[module]);
    const what =
      differing.length > 0
        ? `${differing.length} of the ${all.length} matrices that it adapts differ, ${differing[0]} among them`
        : 'the matrices that it adapts are the same, other weights differ';
    const message = `It was trained on weights with SHA-256 ${recorded.sha256.slice(0, 16)}…; those of ${model.dir} have ${here.sha256.slice(0, 16)}…: ${what}.`;
    const file = path.join(dir, 'rankwise.json');
    return {
      weights: 'other',
      findings: [{ code: 'wrong-base', severity: 'error', message, file, field: 'base_weights' }],
    };
  } catch (error) {
    const { code, message, file } = errorData(error);
    return { weights: 'not-compared', findings: [{ code, severity: 'warning', message, ...(file && { file }) }] };
  } finally {
    checkpoint.close();
  }
}
