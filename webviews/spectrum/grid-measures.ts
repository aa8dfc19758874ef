/** What the cells of the grid can be coloured by. */
import { count } from '../../server/base/units.ts';
import type { SpectrumChange, SpectrumLearned } from '../../server/protocol/spectrum.ts';
import { shareBetween } from './histogram.ts';
import { cellShare, three } from './numbers.ts';
import type { Spectrum } from './spectrum.ts';

/** What the page is set to when a cell is measured. */
export interface MeasureSettings {
  rank: number;
  interval: readonly [number, number];
}

export interface GridMeasure {
  title: string;
  format(value: number): string;
  /** Its values span decades: colours follow their logarithm. */
  logarithmic?: boolean;
  /** What the model must have for it to be offered. */
  needs?: 'adapted' | 'learns' | 'ranked';
  /** Follows the rank cursor, or the interval. */
  follows?: keyof MeasureSettings;
  /** Of a spectrum, of what training changed, or of what the method learned. NaN: not there. */
  of(spectrum: Spectrum, settings: MeasureSettings): number;
  ofChange?(change: SpectrumChange): number;
  ofLearned?(learned: SpectrumLearned): number;
}

const none = () => Number.NaN;

export const gridMeasures = {
  stableRank: { title: 'Stable rank', format: three, of: ({ measures }) => measures.stableRank },
  effectiveRank: { title: 'Effective rank', format: three, of: ({ measures }) => measures.effectiveRank },
  effectiveShare: {
    title: 'Effective rank / min(m, n)',
    format: cellShare,
    of: ({ measures, values }) => measures.effectiveRank / values.length,
  },
  energy: {
    title: 'Energy at the cursor’s rank',
    format: cellShare,
    follows: 'rank',
    of: (spectrum, { rank }) => spectrum.energyAt(rank),
  },
  rank90: { title: 'Rank for 90% energy', format: count, of: (spectrum) => spectrum.rankFor(0.9) },
  largest: { title: 'Largest value σ₁', format: three, logarithmic: true, of: ({ measures }) => measures.largest },
  condition: {
    title: 'Condition number',
    format: three,
    logarithmic: true,
    of: ({ measures }) => measures.condition,
  },
  share: {
    title: 'Share in the interval',
    format: cellShare,
    follows: 'interval',
    of: ({ values }, { interval: [low, high] }) => shareBetween(values, low, high),
  },
  updateNorm: {
    title: 'Relative update ‖ΔW‖ / ‖W‖',
    format: three,
    needs: 'adapted',
    of: none,
    ofChange: ({ updateNorm, baseNorm }) => updateNorm / baseNorm,
  },
  inTop: {
    title: 'Update within leading directions',
    format: cellShare,
    needs: 'adapted',
    of: none,
    ofChange: ({ inTop }) => inTop,
  },
  amplification: {
    title: 'Amplification of the update',
    format: three,
    logarithmic: true,
    needs: 'adapted',
    of: none,
    ofChange: ({ amplification }) => amplification,
  },
  learnedDistance: {
    title: 'What was learned: distance from neutral',
    format: three,
    needs: 'learns',
    of: none,
    ofLearned: ({ parts }) => parts[0]?.distance ?? Number.NaN,
  },
  learnedRank: {
    title: 'Rank that the method left',
    format: count,
    needs: 'ranked',
    of: none,
    ofLearned: ({ rank }) => rank ?? Number.NaN,
  },
} as const satisfies Record<string, GridMeasure>;

export type GridMeasureId = keyof typeof gridMeasures;

export const gridMeasure = (id: GridMeasureId): GridMeasure => gridMeasures[id];
