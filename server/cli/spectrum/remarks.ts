/** What is said of a spectrum beside its numbers. */
import { RankwiseError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
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
