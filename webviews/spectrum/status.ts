/** What the page says of itself where spectra cannot speak: nothing yet, nothing at all, faults. Pure. */
import { count } from '../../server/base/units.ts';
import type { Notice } from '../shared/notice.ts';
import { progressText } from './head.ts';
import type { SpectrumModel, SubjectModel } from './model.ts';

/** Instead of the charts; undefined once there are matrices. Empty: a notice says all. */
export function placeholder({ subjects, matrices }: SpectrumModel): string | undefined {
  if (matrices.size > 0) return undefined;
  if (subjects.some(({ phase }) => phase === 'reading')) return 'Reading the model’s matrices …';
  if (subjects.some(({ phase }) => phase === 'failed')) return '';
  if (subjects.some(({ phase }) => phase === 'stopped')) return 'Stopped before the first matrix.';
  return 'This model has no weight matrices of linear modules.';
}

export function notices({ subjects }: SpectrumModel): Notice[] {
  return subjects.flatMap((subject) => {
    const { title } = subject.subject;
    const error = subject.end?.error;
    if (error)
      return [
        {
          kind: 'error' as const,
          title: `${title}: the spectrum could not be computed`,
          text: subject.progress ? `${error.message} ${progressText(subject)}; what had come is shown.` : error.message,
          ...(error.hint !== undefined && { hint: error.hint }),
          code: error.code,
        },
      ];
    const faulty = faultyMatrices(subject);
    const total = subject.matrices?.length ?? 0;
    if (faulty === 0) return [];
    const [first] = subject.faults.values();
    const all = faulty === total && subject.spectra.size === 0;
    return [
      {
        kind: all ? ('error' as const) : ('warning' as const),
        title: all
          ? `${title}: no matrix can be decomposed`
          : `${title}: ${count(faulty)} of ${count(total)} matrices cannot be decomposed`,
        text: first!.message,
        ...(first!.hint !== undefined && { hint: first!.hint }),
        code: first!.code,
      },
    ];
  });
}

/** Nothing could be decomposed: there is nothing to draw. */
export const isBare = ({ subjects }: SpectrumModel): boolean =>
  subjects.every(({ faults, spectra, end }) => end !== undefined && faults.size > 0 && spectra.size === 0);

const faultyMatrices = ({ faults }: SubjectModel) =>
  new Set([...faults.keys()].map((key) => key.slice(key.indexOf('\n') + 1))).size;

const slowest = ['failed', 'reading', 'running', 'stopped', 'done'] as const;

/** The state that tests wait for. */
export const stateOf = ({ subjects }: SpectrumModel): string =>
  subjects.length === 0 ? 'waiting' : slowest.find((phase) => subjects.some((subject) => subject.phase === phase))!;
