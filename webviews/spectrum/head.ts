/** Title, subjects with their progress, and what can be done with all of it. */
import { count, duration } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { seconds as timeText } from '../shared/figures.ts';
import { swatch } from './controls.ts';
import type { SubjectModel, SubjectPhase } from './model.ts';
import type { Scene } from './scene.ts';

export interface HeadActions {
  compare(): void;
  uncompare(): void;
  stop(subject: number): void;
  restart(subject: number): void;
  savePicture(): void;
  saveValues(): void;
}

const chips: Record<SubjectPhase, { label: string; state: string }> = {
  reading: { label: 'Reading', state: 'running' },
  running: { label: 'Computing', state: 'running' },
  done: { label: 'Complete', state: 'finished' },
  stopped: { label: 'Stopped', state: 'cancelled' },
  failed: { label: 'Failed', state: 'failed' },
};

/** "12 of 72 matrices · about 1 m 05 s left" */
export function progressText({ phase, progress, matrices, end }: SubjectModel): string {
  const done = progress ? `${count(progress.done)} of ${count(progress.total)} decompositions` : '';
  if (phase === 'reading') return 'Reading the model’s matrices …';
  if (phase === 'running') {
    const left = progress?.remainingSeconds;
    return [done || 'Starting …', left === undefined ? '' : `about ${duration(left)} left`].filter(Boolean).join(' · ');
  }
  if (phase === 'failed' && !progress) return '';
  if (phase === 'done' && end?.result) {
    const { cached, seconds, kernel } = end.result;
    const listed = matrices?.length ?? end.result.matrices;
    const faulty = end.result.matrices < listed;
    const parts = [
      `${faulty ? `${count(end.result.matrices)} of ` : ''}${count(listed)} matrices in ${timeText(seconds)}`,
      cached > 0 ? `${count(cached)} from the cache` : '',
      kernel === undefined ? '' : `${kernel} kernel`,
    ];
    return parts.filter(Boolean).join(' · ');
  }
  return done ? `Stopped after ${done}` : 'Stopped before the first matrix';
}

export class Head {
  readonly element: HTMLElement;
  private readonly title = h('h1', {}, 'Spectrum');
  private readonly subtitle = h('p', { class: 'subtitle' });
  private readonly subjects = h('div', { class: 'subjects' });
  private readonly compare: HTMLButtonElement;
  private readonly exports: HTMLButtonElement[];
  private readonly actions: HeadActions;
  private rows: SubjectRow[] = [];

  constructor(actions: HeadActions) {
    this.actions = actions;
    const button = (label: string, onclick: () => void, title: string) =>
      h('button', { type: 'button', class: 'secondary', onclick, title }, label);
    this.compare = button('Compare…', () => (this.comparing ? actions.uncompare() : actions.compare()), '');
    this.exports = [
      button('Export PNG', actions.savePicture, 'Save the charts as a picture'),
      button('Export CSV', actions.saveValues, 'Save the values of the curves that are shown'),
    ];
    this.element = h(
      'header',
      { class: 'panel-head' },
      h('div', { class: 'title' }, this.title, this.subtitle),
      h('div', { class: 'actions', role: 'toolbar', 'aria-label': 'Spectrum' }, this.compare, ...this.exports),
      this.subjects,
    );
  }

  private comparing = false;

  render(scene: Scene): void {
    const { subjects } = scene.model;
    this.comparing = subjects.length > 1;
    setText(this.title, subjects.map(({ subject }) => subject.title).join(' and '));
    const matrices = scene.model.matrices.size;
    setText(this.subtitle, matrices > 0 ? `Singular values of ${count(matrices)} weight matrices` : 'Singular values');
    setText(this.compare, this.comparing ? 'Remove comparison' : 'Compare…');
    this.compare.title = this.comparing ? 'Show the first one alone' : 'Lay another model or run over this one';
    const nothing = scene.curves().length === 0;
    for (const each of this.exports) each.disabled = nothing;
    if (this.rows.length !== subjects.length) {
      this.rows = subjects.map((_, i) => new SubjectRow(i, this.actions));
      this.subjects.replaceChildren(...this.rows.map(({ element }) => element));
    }
    for (const [i, subject] of subjects.entries()) this.rows[i]!.render(subject, scene);
  }
}

class SubjectRow {
  readonly element: HTMLElement;
  private readonly name = h('span', { class: 'subject-name' });
  private readonly chip = h('span', { class: 'chip' });
  private readonly text = h('span', { class: 'muted subject-progress' });
  private readonly bar = h('div', { class: 'bar' });
  private readonly progress = h(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      'aria-label': 'Decompositions done',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    this.bar,
  );
  private readonly button: HTMLButtonElement;
  private stops = false;

  constructor(subject: number, actions: HeadActions) {
    this.button = h('button', {
      type: 'button',
      class: 'secondary small',
      onclick: () => (this.stops ? actions.stop(subject) : actions.restart(subject)),
    });
    this.element = h(
      'div',
      { class: 'subject' },
      h(
        'div',
        { class: 'subject-line' },
        this.name,
        this.chip,
        this.text,
        h('span', { class: 'actions' }, this.button),
      ),
      this.progress,
    );
  }

  render(subject: SubjectModel, { model }: Scene): void {
    const { phase, progress } = subject;
    setText(this.name, model.subjects.length > 1 ? subject.subject.title : '');
    const bare = phase === 'done' && subject.spectra.size === 0 && subject.faults.size > 0;
    const { label, state } = chips[bare ? 'failed' : phase];
    setText(this.chip, label);
    this.chip.className = `chip ${state}`;
    setText(this.text, progressText(subject));
    this.stops = phase === 'running' || phase === 'reading';
    setText(this.button, this.stops ? 'Stop' : 'Restart');
    // Its place stays: nothing below moves when all is there.
    this.button.classList.toggle('absent', phase === 'done');
    const share = phase === 'done' ? 1 : progress && progress.total > 0 ? progress.done / progress.total : undefined;
    this.progress.className = `progress ${state}${share === undefined && this.stops ? ' unknown' : ''}`;
    this.bar.style.width = share === undefined ? '' : `${100 * share}%`;
    if (share === undefined) this.progress.removeAttribute('aria-valuenow');
    else this.progress.setAttribute('aria-valuenow', String(Math.round(100 * share)));
  }
}

/** A line's place in the legend; a press hides or shows it. */
export function lineButton(title: string, dash: readonly number[], shown: boolean, toggle: () => void): HTMLElement {
  return h(
    'button',
    { type: 'button', 'aria-pressed': String(shown), title: `Show or hide ${title}`, onclick: toggle },
    swatch('currentColor', dash),
    title,
  );
}
