import type { BackendChoice, StepTiming } from '../../protocol/backends.ts';

/** What stands where nothing is clearly better: it ships with Rankwise, and is the reference for all others. */
export const USUAL = 'onnxruntime';
/** How many times as fast another backend must be, at least: a small gain is not worth other last digits. */
const GAIN = 1.2;

/** The backend to compute on, by what was measured of each. Pure. */
export function choose(timings: readonly StepTiming[]): BackendChoice {
  const measured = timings.flatMap((timing) =>
    timing.seconds === undefined ? [] : [{ ...timing, seconds: timing.seconds }],
  );
  const usual = measured.find(({ backend }) => backend === USUAL);
  const [fastest] = measured.toSorted((a, b) => a.seconds - b.seconds);
  const as = ({ backend, device }: StepTiming, reason: string): BackendChoice => ({
    backend,
    ...(device !== undefined && { device }),
    reason,
    timings: [...timings],
  });
  if (!fastest) return as({ backend: USUAL }, 'No backend could compute a step of this recipe.');
  if (!usual) return as(fastest, `The fastest of those that can compute a step of this recipe; ${USUAL} cannot.`);
  const times = (ratio: number) => `${ratio.toFixed(1)}×`;
  const gain = usual.seconds / fastest.seconds;
  if (gain >= GAIN) return as(fastest, `${times(gain)} as fast as ${USUAL} here.`);
  if (timings.length === 1) return as(usual, 'Nothing else can start here.');
  const [best] = measured.filter((timing) => timing !== usual).toSorted((a, b) => a.seconds - b.seconds);
  if (!best) return as(usual, 'No other backend could compute a step of this recipe.');
  const ratio = usual.seconds / best.seconds;
  const how = ratio >= 1 ? `is only ${times(ratio)} as fast` : `takes ${times(1 / ratio)} as long`;
  return as(usual, `${ratio >= 1 ? 'Good enough' : 'The fastest here'}: ${best.backend} ${how}.`);
}
