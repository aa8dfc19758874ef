/** A saved adapter as the recipe entry that it once was, judged on its base: one way for adapter_config.json in the editor and for inspections. */
import { analyse } from '../budget/analyse.ts';
import type { Analysis, World } from '../budget/types.ts';
import type { entryOf } from '../checkpoint/saved-adapter.ts';
import { taskOfPeft } from '../checkpoint/saved-task.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { FieldPath, Task } from '../recipe/types.ts';
import { type AdapterFinding, weightFindings } from './weights.ts';

/** Of a configuration that names none, as those of image models. */
const anyTask: readonly Task[] = ['causal-lm', 'sequence-classification', 'image-classification', 'seq2seq'];

/** The tasks that the base of a configuration may be built for, by its `task_type`. */
export function tasksOf({ task_type: type }: Record<string, unknown>): readonly Task[] {
  const task = taskOfPeft(type);
  return task ? [task] : anyTask;
}

/** Fields of an entry that PEFT spells otherwise. */
export const spelt: Readonly<Record<string, string>> = {
  rank: 'r',
  alpha: 'lora_alpha',
  dropout: 'lora_dropout',
  init_rank: 'init_r',
  target_rank: 'target_r',
  block_size: 'oft_block_size',
};

/** The recipe that goes on from saved adapters. */
export const recipeOf = (base: string, task: Task, adapters: string[] = []) =>
  parseRecipe(
    JSON.stringify({
      version: 1,
      model: { path: base, task },
      ...(adapters.length > 0 && { adapters: adapters.map((p) => ({ path: p })) }),
    }),
    methods,
  );

export interface Judged {
  analysis: Analysis;
  world: World;
  findings: AdapterFinding[];
}

/** `shapes`: those of its weights by PEFT's key, where they are known. */
export function judge(
  entry: ReturnType<typeof entryOf>,
  base: string,
  model: NonNullable<World['model']>,
  shapes?: ReadonlyMap<string, readonly number[]>,
): Judged {
  const world: World = { model, savedAdapters: { '.': { entry } } };
  const analysis = analyse(recipeOf(base, 'causal-lm', ['.']), world);
  const findings: AdapterFinding[] = [];
  // PEFT names every head that a classifier may have.
  for (const { code, severity, message, field } of analysis.diagnostics)
    if (field?.startsWith('adapters.0') && !(code === 'modules-to-save-matches-nothing' && analysis.saved.length > 0))
      findings.push({ code, severity, message, at: placesFor(field) });
  if (shapes) findings.push(...weightFindings(analysis, shapes));
  return { analysis, world, findings };
}

/** "adapters.0.target_modules.1": the item, its list, and what else may stand in the text. */
function placesFor(field: string): FieldPath[] {
  const [name, ...rest] = field.split('.').slice(2);
  if (name === undefined) return [['peft_type']];
  const own = spelt[name] ?? name;
  const item = rest.length === 1 && /^\d+$/.test(rest[0]!) ? Number(rest[0]) : rest.join('.');
  return [...(rest.length > 0 ? [[own, item]] : []), [own], [name], ['peft_type']];
}
