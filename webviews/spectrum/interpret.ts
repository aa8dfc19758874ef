/** What the numbers of a change mean, in one sentence. */
import { count, percent } from '../../server/base/units.ts';
import type { SpectrumChange } from '../../server/protocol/spectrum.ts';
import { type Reading, readingOf, readingTitles } from '../../server/spectrum/reading.ts';
import { figure } from '../shared/figures.ts';

export interface Interpretation {
  reading: Reading;
  title: string;
  text: string;
}

export function interpret(change: SpectrumChange): Interpretation {
  const reading = readingOf(change);
  const { directions, inTop, inTopByChance, diagonal, amplification } = change;
  if (reading === 'nothing')
    return { reading, title: readingTitles.nothing, text: 'The merged weights equal the base.' };
  const span = directions === 1 ? 'direction' : `${count(directions)} directions`;
  const within = `${percent(inTop)} of the update lies within the base’s leading ${span}; chance gives ${percent(inTopByChance)}`;
  const diagonalText =
    reading === 'rescales' ? `${percent(diagonal)} of the update only makes base directions longer or shorter; ` : '';
  const amplified = Number.isFinite(amplification)
    ? ` Along its own directions it is ${figure(amplification)} times what the base has there.`
    : ' The base has nothing along its directions.';
  return { reading, title: readingTitles[reading], text: `${diagonalText}${within}.${amplified}` };
}
