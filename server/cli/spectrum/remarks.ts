/** What is said of a spectrum beside its numbers. */
import { RankwiseError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { readingOf, readingTitles } from '../../spectrum/reading.ts';
import type { MatrixReport, SpectrumReport } from './report.ts';

export const withoutMatrices = (model: string) =>
  new RankwiseError('no-linear-modules', 'The model has no weight matrices of linear modules.', {
    file: model,
    hint: 'A spectrum is of matrices named *.weight with two dimensions, embeddings left out. Is this the folder that you meant?',
  });

/** After Ctrl-C: what is done need not be done again. */
export function withKept(error: unknown, report: SpectrumReport): unknown {
  if (!(error instanceof RankwiseError) || error.code !== 'stopped') return error;
  const done = report.list.filter(({ parts }) => Object.keys(parts).length > 0).length;
  if (done === 0) return error;
  const message = `Stopped after ${count(done)} of ${count(report.list.length)} matrices.`;
  const hint = 'They are kept: the same command goes on from there.';
  return new RankwiseError('stopped', message, { kind: 'runtime', hint });
}

/** Nothing is cut off at such a rank. */
export function rankWarnings(
  rank: number | undefined,
  matrices: readonly MatrixReport[],
): { code: string; message: string }[] {
  const small = matrices.filter(({ shape }) => rank !== undefined && rank > Math.min(...shape)).length;
  if (small === 0) return [];
  const which = small === matrices.length ? 'every matrix' : `${count(small)} of ${count(matrices.length)} matrices`;
  return [
    { code: 'rank-too-large', message: `Rank ${rank} is above min(m, n) of ${which}: all of them is kept there.` },
  ];
}

/** What the updates come to, the most frequent first: "Mostly new directions (26 updates); nothing changed (2)". */
export function changeVerdict(matrices: readonly MatrixReport[]): string {
  const times = new Map<string, number>();
  for (const { change } of matrices) {
    if (!change) continue;
    const title = readingTitles[readingOf(change)].replace(/\.$/, '');
    times.set(title, (times.get(title) ?? 0) + 1);
  }
  const said = [...times].sort(([, a], [, b]) => b - a);
  return said
    .map(([title, n], i) =>
      i === 0
        ? `${title} (${count(n)} ${n === 1 ? 'update' : 'updates'})`
        : `${title[0]!.toLowerCase()}${title.slice(1)} (${count(n)})`,
    )
    .join('; ');
}
