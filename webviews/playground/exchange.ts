/** One prompt with its answers, side by side. */
import type { PlaygroundItem, PlaygroundSide } from '../../server/protocol/generation.ts';
import type { PlaygroundExchange } from '../../server/protocol/playground-view.ts';
import { h, setText } from '../shared/dom.ts';
import { noticeBox } from '../shared/notice.ts';
import { type Answer, cutOffEnding, isDone } from './view-state.ts';
import { endingText, settingsText } from './words.ts';

export interface ExchangeActions {
  copy(text: string): void;
  again(exchange: PlaygroundExchange): void;
}

/** "Base", "Adapted", "Adapted × 0.5". */
export const sideTitle = (side: PlaygroundSide, weight: number): string =>
  side === 'base' ? 'Base' : weight === 1 ? 'Adapted' : `Adapted × ${weight}`;

class Column {
  readonly element: HTMLElement;
  private readonly text = h('pre', { class: 'answer', tabindex: 0 });
  private readonly status = h('span', { class: 'muted' });
  private readonly fault = h('div', { class: 'fault' });

  constructor(title: string, copy: () => void) {
    const name = `${title} answer`;
    this.text.setAttribute('aria-label', name);
    this.text.setAttribute('role', 'region');
    this.element = h(
      'section',
      { class: 'column' },
      h(
        'header',
        { class: 'actions' },
        h('h3', {}, title),
        this.status,
        h(
          'button',
          { type: 'button', class: 'secondary small', onclick: copy, 'aria-label': `Copy the ${name}` },
          'Copy',
        ),
      ),
      this.text,
      this.fault,
    );
  }

  render(answer: Answer): void {
    const { text, ending, error } = answer;
    const done = isDone(answer);
    setText(this.text, text);
    this.element.classList.toggle('writing', !done);
    this.text.setAttribute('aria-busy', String(!done));
    setText(this.status, ending ? endingText(ending) : error ? '' : text === '' ? 'reading the prompt…' : 'writing…');
    this.fault.replaceChildren();
    if (error)
      this.fault.append(
        noticeBox({
          kind: 'error',
          title: 'No answer',
          text: error.message,
          code: error.code,
          ...(error.hint !== undefined && { hint: error.hint }),
        }),
      );
  }
}

export class ExchangeCard {
  readonly element: HTMLElement;
  readonly exchange: PlaygroundExchange;
  private readonly columns: Map<PlaygroundSide, Column>;

  constructor(exchange: PlaygroundExchange, actions: ExchangeActions) {
    this.exchange = exchange;
    const sides = Object.keys(exchange.answers) as PlaygroundSide[];
    this.columns = new Map(
      sides.map((side) => [
        side,
        new Column(sideTitle(side, exchange.weight), () => actions.copy(exchange.answers[side]!.text)),
      ]),
    );
    this.element = h(
      'article',
      { class: 'card exchange', 'data-id': exchange.id },
      h(
        'header',
        {},
        h('pre', { class: 'asked' }, exchange.prompt),
        h(
          'div',
          { class: 'actions' },
          h('span', { class: 'muted' }, settingsText(exchange.settings)),
          h(
            'button',
            {
              type: 'button',
              class: 'secondary small',
              title: 'Put this prompt and its settings above',
              onclick: () => actions.again(exchange),
            },
            'Use again',
          ),
        ),
      ),
      h('div', { class: 'columns' }, ...[...this.columns.values()].map((column) => column.element)),
    );
    this.render();
  }

  get done(): boolean {
    return Object.values(this.exchange.answers).every(isDone);
  }

  take(item: Exclude<PlaygroundItem, { type: 'loaded' }>): void {
    const answer = this.exchange.answers[item.side]!;
    if (item.type === 'text') answer.text += item.text;
    else if (item.type === 'ended') answer.ending = item.ending;
    else answer.error = item.error;
    this.columns.get(item.side)!.render(answer);
  }

  /** Nothing more will come. */
  cutOff(): void {
    for (const answer of Object.values(this.exchange.answers)) if (!isDone(answer)) answer.ending = cutOffEnding;
    this.render();
  }

  private render(): void {
    for (const [side, column] of this.columns) column.render(this.exchange.answers[side]!);
  }
}
