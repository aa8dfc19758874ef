/** What the cells of the grid can be coloured by. */
import { percent } from '../../server/base/units.ts';
import type { SpectrumChange, SpectrumLearned } from '../../server/protocol/spectrum.ts';
import { figure, share } from '../shared/figures.ts';
import { shareBetween } from './histogram.ts';
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
const plain = (value: number) => String(Number(value.toPrecision(3)));

export const gridMeasures = {
  stableRank: { title: 'Stable rank', format: plain, of: ({ measures }) => measures.stableRank },
  effectiveRank: { title: 'Effective rank', format: plain, of: ({ measures }) => measures.effectiveRank },
  effectiveShare: {
    title: 'Effective rank / min(m, n)',
    format: percent,
    of: ({ measures, values }) => measures.effectiveRank / values.length,
  },
  energy: {
    title: 'Energy at the cursor’s rank',
    format: share,
    follows: 'rank',
    of: (spectrum, { rank }) => spectrum.energyAt(rank),
  },
  rank90: { title: 'Rank for 90% energy', format: plain, of: (spectrum) => spectrum.rankFor(0.9) },
  largest: { title: 'Largest value σ₁', format: figure, logarithmic: true, of: ({ measures }) => measures.largest },
  condition: {
    title: 'Condition number',
    format: figure,
    logarithmic: true,
    of: ({ measures }) => measures.condition,
  },
  share: {
    title: 'Share in the interval',
    format: share,
    follows: 'interval',
    of: ({ values }, { interval: [low, high] }) => shareBetween(values, low, high),
  },
  updateNorm: {
    title: 'Relative update ‖ΔW‖ / ‖W‖',
    format: figure,
    needs: 'adapted',
    of: none,
    ofChange: ({ updateNorm, baseNorm }) => updateNorm / baseNorm,
  },
  inTop: {
    title: 'Update within leading directions',
    format: percent,
    needs: 'adapted',
    of: none,
    ofChange: ({ inTop }) => inTop,
  },
  amplification: {
    title: 'Amplification of the update',
    format: figure,
    logarithmic: true,
    needs: 'adapted',
    of: none,
    ofChange: ({ amplification }) => amplification,
  },
  learnedDistance: {
    title: 'What was learned: distance from neutral',
    format: figure,
    needs: 'learns',
    of: none,
    ofLearned: ({ parts }) => parts[0]?.distance ?? Number.NaN,
  },
  learnedRank: {
    title: 'Rank that the method left',
    format: plain,
    needs: 'ranked',
    of: none,
    ofLearned: ({ rank }) => rank ?? Number.NaN,
  },
} as const satisfies Record<string, GridMeasure>;

export type GridMeasureId = keyof typeof gridMeasures;

export const gridMeasure = (id: GridMeasureId): GridMeasure => gridMeasures[id];
