/** `rankwise backend calibrate RECIPE`. */
import { shortDuration } from '../base/units.ts';
import type { StepTiming } from '../protocol/backends.ts';
import type { ExitCode } from './command.ts';
import { type Io, plain, table } from './output.ts';
import { work } from './processes.ts';
import { demandRecipe, submitParams } from './recipe.ts';
import { stepPrinter } from './steps.ts';

/** Measures a step of a recipe on each backend that starts; runs with `auto` go by it from now on. Errors: those of the recipe. */
export async function calibrateBackends(given: string, io: Io): Promise<ExitCode> {
  const { recipeText } = submitParams(await demandRecipe(given, io));
  const steps = stepPrinter(io);
  try {
    const choice = await work('choose', { recipeText }, { onChunk: (name) => steps.step(`Measuring ${name}`) });
    steps.end();
    io.value(choice);
    const { backend, reason, timings = [] } = choice;
    const usual = timings[0]?.seconds;
    for (const line of table(
      timings.map((timing) => row(timing, usual)),
      [2, 3],
    ))
      io.say(`  ${line}`);
    io.say(`\`training.backend: auto\` uses ${backend}. ${reason}`);
    return timings.some(({ seconds }) => seconds !== undefined) ? 0 : 1;
  } finally {
    steps.end();
  }
}

const row = ({ backend, device = '', seconds, error }: StepTiming, usual: number | undefined): string[] => [
  backend,
  plain(device),
  seconds === undefined ? 'failed' : `${shortDuration(seconds)} a step`,
  seconds === undefined ? plain(error ?? '') : usual === undefined ? '' : `${(usual / seconds).toFixed(1)}×`,
];
