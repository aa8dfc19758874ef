/** The horizontal axis that all charts share: what it counts, and which part of it is shown. */
import { count, duration } from '../../server/base/units.ts';
import type { XAxis } from '../../server/protocol/webview.ts';
import type { Rows } from './lines.ts';
import type { RunModel } from './model.ts';
import type { XRange } from './range.ts';

/** A run as the charts draw it. */
export interface ShownRun {
  /** Its directory. */
  run: string;
  name: string;
  model: RunModel;
  /** Its place among the colours. */
  colour: number;
  hidden: boolean;
}

export function rowsOf({ steps, tokens, seconds }: RunModel, axis: XAxis): Rows {
  if (axis === 'steps') return { length: steps.length, x: (r) => steps.at(r), lowerBound: (x) => steps.lowerBound(x) };
  const ramp = axis === 'tokens' ? tokens : seconds;
  return { length: ramp.length, x: (row) => ramp.at(row), lowerBound: (x) => ramp.lowerBound(x) };
}

/** Where what happened after a step stands; 0 before the first. */
export function placeOfStep(model: RunModel, axis: XAxis, step: number): number {
  if (axis === 'steps') return step;
  const row = Math.min(model.steps.lowerBound(step + 1), model.steps.length) - 1;
  return row < 0 ? 0 : rowsOf(model, axis).x(row);
}

/** The step at a place, or the one before it; 0 before the first. */
export function stepAtPlace(model: RunModel, axis: XAxis, x: number): number {
  if (axis === 'steps') return Math.max(0, Math.round(x));
  const rows = rowsOf(model, axis);
  const row = Math.min(rows.lowerBound(x), rows.length - 1);
  return row < 0 ? 0 : model.steps.at(row);
}

export class Horizontal {
  axis: XAxis;
  /** The part that is shown; undefined: everything, growing with the run. */
  zoom: XRange | undefined;
  private readonly runs: () => readonly ShownRun[];

  constructor(runs: () => readonly ShownRun[], axis: XAxis, zoom?: XRange) {
    this.runs = runs;
    this.axis = axis;
    this.zoom = zoom;
  }

  full(): XRange {
    const ends = this.runs().map(({ model }) => this.end(model));
    return { from: 0, to: Math.max(...ends, 0) || 1 };
  }

  /** Where a run has got to. */
  end(model: RunModel): number {
    if (this.axis === 'steps') return model.step;
    return (this.axis === 'tokens' ? model.tokens : model.seconds).last() ?? 0;
  }

  visible(): XRange {
    return this.zoom ?? this.full();
  }

  /** What a few steps take: nothing is to be seen nearer than that. */
  least(): number {
    const rows = Math.max(1, ...this.runs().map(({ model }) => model.steps.length));
    return (4 * this.full().to) / rows;
  }

  text(x: number): string {
    return this.axis === 'steps' ? count(x) : this.axis === 'tokens' ? count(x) : duration(x);
  }

  /** "Step 120", "51,200 tokens", "1 m 20 s". */
  place(x: number): string {
    return this.axis === 'steps' ? `Step ${count(x)}` : this.axis === 'tokens' ? `${count(x)} tokens` : duration(x);
  }
}
