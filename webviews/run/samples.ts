/** What runs wrote after each prompt, by step. Pure. */
import type { ShownRun } from './horizontal.ts';

export interface SampleRow {
  step: number;
  /** A text for each run; undefined where it wrote none at this step. */
  texts: (string | undefined)[];
  /** What each run wrote there before. */
  before: (string | undefined)[];
}

/** The prompts in the order in which they came, each with its steps, the newest first. */
export function samplesOf(runs: readonly Pick<ShownRun, 'model'>[]): { prompt: string; rows: SampleRow[] }[] {
  const prompts = new Map<string, Map<number, (string | undefined)[]>>();
  runs.forEach(({ model }, at) => {
    for (const { step, prompt, text } of model.samples) {
      const steps = prompts.get(prompt) ?? new Map<number, (string | undefined)[]>();
      prompts.set(prompt, steps);
      const texts = steps.get(step) ?? runs.map(() => undefined);
      steps.set(step, texts);
      texts[at] = text;
    }
  });
  return [...prompts].map(([prompt, steps]) => {
    const last: (string | undefined)[] = runs.map(() => undefined);
    const rows = [...steps]
      .sort(([a], [b]) => a - b)
      .map(([step, texts]) => {
        const before = [...last];
        texts.forEach((text, i) => {
          last[i] = text ?? last[i];
        });
        return { step, texts, before };
      });
    return { prompt, rows: rows.reverse() };
  });
}
