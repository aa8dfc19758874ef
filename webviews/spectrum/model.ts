/** What the spectrum panel knows: subjects, and what came of each. No DOM, no clock. */
import type { ErrorData } from '../../server/base/errors.ts';
import type {
  SpectrumChange,
  SpectrumItem,
  SpectrumLearned,
  SpectrumMatrix,
  SpectrumOf,
  SpectrumResult,
} from '../../server/protocol/spectrum.ts';
import type { SpectrumCut, SpectrumSubject, ToSpectrumView } from '../../server/protocol/spectrum-view.ts';
import { Spectrum } from './spectrum.ts';

/** One set of curves: the base or the merged weights of a subject. `id` ("0:merged") is what the page's state keeps. */
export interface Line {
  id: string;
  subject: number;
  of: SpectrumOf;
  title: string;
}

export interface Fault {
  subject: number;
  matrix: string;
  of: SpectrumOf;
  error: ErrorData;
}

/** `reading`: what will come is not known yet. */
export type SubjectPhase = 'reading' | 'running' | 'done' | 'stopped' | 'failed';

export class SubjectModel {
  readonly subject: SpectrumSubject;
  /** Undefined until they are known. */
  matrices: SpectrumMatrix[] | undefined;
  readonly changes = new Map<string, SpectrumChange>();
  readonly learned = new Map<string, SpectrumLearned>();
  progress: { done: number; total: number; remainingSeconds?: number } | undefined;
  end: { result?: SpectrumResult; error?: ErrorData } | undefined;
  readonly spectra = new Map<string, Spectrum>();
  readonly faults = new Map<string, ErrorData>();
  private readonly byName = new Map<string, SpectrumMatrix>();

  constructor(subject: SpectrumSubject) {
    this.subject = subject;
  }

  get phase(): SubjectPhase {
    if (this.end?.error) return 'failed';
    if (this.end) return this.end.result ? 'done' : 'stopped';
    return this.matrices ? 'running' : 'reading';
  }

  spectrum(matrix: string, of: SpectrumOf): Spectrum | undefined {
    return this.spectra.get(keyOf(matrix, of));
  }

  fault(matrix: string, of: SpectrumOf): ErrorData | undefined {
    return this.faults.get(keyOf(matrix, of));
  }

  /** A start, or one more: faults may be mended by now; values stay until newer ones come. */
  private list(matrices: SpectrumMatrix[]): void {
    this.matrices = matrices;
    this.byName.clear();
    for (const matrix of matrices) this.byName.set(matrix.name, matrix);
    this.faults.clear();
    for (const [key, { matrix }] of this.spectra) if (!this.byName.has(matrix.name)) this.spectra.delete(key);
  }

  /** @returns the spectrum that the item brought. An item of an unknown matrix says nothing that could be shown. */
  take(item: SpectrumItem): Spectrum | undefined {
    switch (item.type) {
      case 'matrices':
        this.list(item.matrices);
        return undefined;
      case 'values': {
        const matrix = this.byName.get(item.matrix);
        if (!matrix) return undefined;
        const spectrum = new Spectrum(matrix, item);
        this.spectra.set(keyOf(item.matrix, item.of), spectrum);
        return spectrum;
      }
      case 'change':
        this.changes.set(item.matrix, item);
        return undefined;
      case 'learned':
        this.learned.set(item.matrix, item);
        return undefined;
      case 'fault':
        this.faults.set(keyOf(item.matrix, item.of), item.error);
        return undefined;
      case 'progress':
        this.progress = item;
        return undefined;
    }
  }
}

const keyOf = (matrix: string, of: SpectrumOf) => `${of}\n${matrix}`;

export class SpectrumModel {
  subjects: SubjectModel[] = [];
  cuts = new Map<string, SpectrumCut>();
  recipe: string | undefined;
  /** Union of the subjects' matrices: by name, in the first one's order. */
  matrices = new Map<string, SpectrumMatrix>();
  /** Values items taken since `init`. */
  received = 0;
  /** Came and was not looked at yet; the first in the line is next. */
  private waiting: Spectrum[] = [];

  init({ subjects, cuts, recipe }: Extract<ToSpectrumView, { type: 'init' }>): void {
    this.subjects = subjects.map((subject) => new SubjectModel(subject));
    this.recipe = recipe;
    this.matrices = new Map();
    this.received = 0;
    this.waiting = [];
    this.setCuts(cuts);
  }

  setCuts(cuts: readonly SpectrumCut[]): void {
    this.cuts = new Map(cuts.map((cut) => [cut.matrix, cut]));
  }

  /** @returns true when the list of matrices changed. */
  take(subject: number, items: readonly SpectrumItem[]): boolean {
    const state = this.subjects[subject];
    if (!state) return false;
    // Items after an end are those of a new start.
    if (items.length > 0) state.end = undefined;
    let listed = false;
    for (const item of items) {
      const spectrum = state.take(item);
      if (spectrum) {
        this.received++;
        this.waiting.push(spectrum);
      }
      if (item.type === 'matrices') listed = this.relist() || listed;
    }
    return listed;
  }

  /** @returns true when the union of the subjects' matrices is another one now. */
  private relist(): boolean {
    const union = new Map<string, SpectrumMatrix>();
    for (const { matrices } of this.subjects)
      for (const matrix of matrices ?? [])
        if (!union.has(matrix.name) || matrix.adapted) union.set(matrix.name, matrix);
    const key = (map: Map<string, SpectrumMatrix>) => JSON.stringify([...map.values()]);
    const changed = key(union) !== key(this.matrices) || union.size === 0;
    this.matrices = union;
    return changed;
  }

  end(subject: number, result: SpectrumResult | undefined, error: ErrorData | undefined): void {
    const state = this.subjects[subject];
    if (state) state.end = { ...(result && { result }), ...(error && { error }) };
  }

  /** Decodes and measures what waits, as long as there is time. @returns what is ready now. */
  prepare(timeLeft: () => boolean): Spectrum[] {
    const ready: Spectrum[] = [];
    while (ready.length < this.waiting.length && (ready.length === 0 || timeLeft())) {
      const spectrum = this.waiting[ready.length]!;
      void spectrum.measures;
      ready.push(spectrum);
    }
    this.waiting.splice(0, ready.length);
    return ready;
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Every set of curves that there can be; the base of a second subject only where it is another model. */
  lines(): Line[] {
    const several = this.subjects.length > 1;
    return this.subjects.flatMap(({ subject }, i): Line[] => {
      const again = i > 0 && this.subjects[0]!.subject.model === subject.model;
      const line = (of: SpectrumOf, title: string): Line => ({ id: `${i}:${of}`, subject: i, of, title });
      const base = again
        ? []
        : [line('base', subject.adapter === undefined ? subject.title : baseTitle(subject.model))];
      if (subject.adapter === undefined) return base;
      return [...base, line('merged', several ? subject.title : `${subject.title} (merged)`)];
    });
  }

  spectrum(matrix: string, { subject, of }: Line): Spectrum | undefined {
    return this.subjects[subject]?.spectrum(matrix, of);
  }

  fault(matrix: string, { subject, of }: Line): ErrorData | undefined {
    return this.subjects[subject]?.fault(matrix, of);
  }

  /** The change of the first subject that has one. */
  change(matrix: string): { subject: SubjectModel; change: SpectrumChange } | undefined {
    for (const subject of this.subjects) {
      const change = subject.changes.get(matrix);
      if (change) return { subject, change };
    }
    return undefined;
  }

  /** What was learned in the first subject that tells of it. */
  learned(matrix: string): { subject: SubjectModel; learned: SpectrumLearned } | undefined {
    for (const subject of this.subjects) {
      const learned = subject.learned.get(matrix);
      if (learned) return { subject, learned };
    }
    return undefined;
  }

  /** A method of the adapters tells what it learned. */
  get learns(): boolean {
    return this.subjects.some(({ matrices }) => matrices?.some(({ learns }) => learns));
  }

  /** A method of the adapters has left its matrices ranks of their own. */
  get ranked(): boolean {
    return this.subjects.some(({ learned }) => [...learned.values()].some(({ rank }) => rank !== undefined));
  }

  get adapted(): boolean {
    return this.subjects.some(({ subject }) => subject.adapter !== undefined);
  }
}

/** The model's folder, for people. */
const baseTitle = (model: string) => `${model.split(/[\\/]/).filter(Boolean).at(-1) ?? model} (base)`;
