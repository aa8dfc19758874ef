/** Whose answers a playground shows, from folders alone; no editor in here. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../server/base/errors.ts';
import type { WriterSource } from '../server/protocol/generation.ts';
import type { PlaygroundAbout } from '../server/protocol/playground-view.ts';

/** "llama", "llama + pirate". */
export function aboutModel(model: string, adapted?: WriterSource, name?: string): PlaygroundAbout {
  const title = path.basename(model);
  return { base: { model }, ...(adapted && { adapted }), title: adapted ? `${title} + ${name}` : title };
}

/** The result of a run, or before that its last checkpoint. `model`: its base. Errors: `nothing-trained`. */
export function aboutRun(run: string, name: string, model: string): PlaygroundAbout {
  const whole = path.join(run, 'model');
  if (existsSync(whole)) return { ...aboutModel(model, { model: whole }, name), run };
  const finished = path.join(run, 'adapter');
  if (existsSync(finished)) return { ...aboutModel(model, { model, adapter: finished }, name), run };
  const step = steps(run).find((each) => existsSync(path.join(run, 'checkpoints', `step-${each}`, 'adapter')));
  if (step === undefined)
    throw new RankwiseError('nothing-trained', `${name} has no result and no checkpoint with an adapter yet.`, {
      file: run,
      hint: 'Wait for its first checkpoint, or resume it.',
    });
  const adapter = path.join(run, 'checkpoints', `step-${step}`, 'adapter');
  return { ...aboutModel(model, { model, adapter }, `${name} (step ${step})`), run };
}

/** Of its checkpoints, the last first. */
function steps(run: string): number[] {
  const folder = path.join(run, 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const found = names.flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => b - a);
}
