/** The box that says why nothing moves, and what to do. */
import { h } from './dom.ts';

export interface Notice {
  kind: 'information' | 'warning' | 'error';
  title: string;
  text: string;
  hint?: string;
  code?: string;
}

export const noticeBox = ({ kind, title, text, hint, code }: Notice): HTMLElement =>
  h(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'note' },
    h('h2', {}, title),
    h('p', {}, text),
    hint === undefined ? undefined : h('p', { class: 'hint' }, hint),
    code === undefined ? undefined : h('code', {}, code),
  );

/** Where notices stand: written anew only when they differ, so that a screen reader says each once. */
export class Notices {
  readonly element = h('div', { class: 'notices' });
  private shown = '[]';

  render(notices: readonly Notice[]): void {
    const key = JSON.stringify(notices);
    if (this.shown === key) return;
    this.shown = key;
    this.element.replaceChildren(...notices.map(noticeBox));
  }
}
