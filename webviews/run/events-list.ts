/** What happened besides steps, newest first. */
import { count } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import type { Mark } from './model.ts';

/** Events listed at most, the newest: a run may write tens of thousands. */
const listLength = 300;

export class EventsList {
  readonly element: HTMLElement;
  private readonly rows = h('ol');
  private readonly number = h('span', { class: 'muted' });
  private shown = 0;

  constructor() {
    const title = h('summary', {}, h('h2', {}, 'Events'), this.number);
    this.element = h('details', { class: 'card events', open: true }, title, this.rows);
  }

  /** Rows are added, not rebuilt: marks only grow until `reset`. */
  render(marks: readonly Mark[]): void {
    this.element.hidden = marks.length === 0;
    for (const mark of marks.slice(Math.max(this.shown, marks.length - listLength))) this.rows.prepend(row(mark));
    while (this.rows.children.length > listLength) this.rows.lastElementChild!.remove();
    this.shown = marks.length;
    setText(this.number, count(marks.length));
  }

  /** After marks were taken back. */
  reset(): void {
    this.rows.replaceChildren();
    this.shown = 0;
  }
}

function row(mark: Mark): HTMLElement {
  const time = new Date(mark.time);
  return h(
    'li',
    { class: mark.kind },
    h('span', { class: 'step' }, mark.step === 0 ? '' : count(mark.step)),
    h('span', { class: 'text' }, mark.text),
    h('time', { datetime: mark.time, title: time.toLocaleString() }, time.toLocaleTimeString()),
  );
}
