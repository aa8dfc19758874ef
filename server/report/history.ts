/** What the events of a run come to, for curves and for runs that have no result. Pure. */
import type { Point } from '../base/series.ts';
import type { EvaluationEvent, RunEvent } from '../protocol/events.ts';

export interface History {
  /** Training loss by step. */
  training: Point[];
  evaluations: EvaluationEvent[];
  warnings: { step: number; code: string; message: string }[];
  trainable?: number;
  all?: number;
}

export class HistoryMaker {
  readonly history: History = { training: [], evaluations: [], warnings: [] };
  private readonly curves: boolean;

  /** @param curves false: training losses are not kept. */
  constructor(curves = true) {
    this.curves = curves;
  }

  add(event: RunEvent): void {
    const { history } = this;
    switch (event.event) {
      case 'started':
        // Another attempt, from the beginning.
        history.training = [];
        history.evaluations = [];
        history.trainable = event.trainableParameters;
        history.all = event.allParameters;
        break;
      case 'imported':
        // One attempt, whose log may not say what was counted.
        if (event.trainableParameters !== undefined) history.trainable = event.trainableParameters;
        if (event.allParameters !== undefined) history.all = event.allParameters;
        break;
      case 'resumed':
        history.training = history.training.filter(({ x }) => x <= event.step);
        history.evaluations = history.evaluations.filter(({ step }) => step <= event.step);
        break;
      case 'step':
        if (this.curves && Number.isFinite(event.step))
          history.training.push({ x: event.step, y: event.loss ?? Number.NaN });
        break;
      case 'evaluation':
        if (Number.isFinite(event.step)) history.evaluations.push(event);
        break;
      case 'warning':
        history.warnings.push({ step: event.step, code: event.code, message: event.message });
        break;
      default:
    }
  }
}
