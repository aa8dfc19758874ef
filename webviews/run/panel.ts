/** Everything of the panel but the charts: header, figures, notices, and the places of result and events. Built once, then only changed. */
import type { RunRecord } from '../../server/protocol/runs.ts';
import { h, setText } from '../shared/dom.ts';
import { type Notice, Notices } from '../shared/notice.ts';
import { EventsList } from './events-list.ts';
import { howItRan } from './how.ts';
import { HowCard } from './how-card.ts';
import type { RunModel } from './model.ts';
import { resultTable } from './result.ts';
import { resultCard } from './result-card.ts';
import { actions, header, notice, type RunCommand } from './view.ts';

export class Panel {
  readonly element: HTMLElement;
  /** Where the charts go, and what belongs to them. */
  readonly charts = h('div', { class: 'chart-area' });
  readonly events = new EventsList();
  private readonly how = new HowCard();
  private readonly title = h('h1');
  private readonly subtitle = h('p', { class: 'subtitle' });
  private readonly chip = h('span', { class: 'chip' });
  private readonly buttons = h('div', { class: 'actions', role: 'toolbar', 'aria-label': 'Run' });
  private readonly bar = h('div', { class: 'bar' });
  private readonly progress = h(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': 'Steps done', 'aria-valuemin': 0, 'aria-valuemax': 100 },
    this.bar,
  );
  private readonly steps = h('span');
  private readonly timing = h('span');
  private readonly stats = h('dl', { class: 'stats' });
  /** Above everything, and there even before anything is known of the run. */
  readonly offline = h('div', { class: 'offline', role: 'status' });
  private readonly notices = new Notices();
  private readonly result = h('div');
  private readonly placeholder = h('div', { class: 'card placeholder' }, 'The loss curve begins with the first step.');
  private readonly send: (command: RunCommand) => void;
  private shown = { actions: '', result: '' };
  private told: Notice | undefined;

  constructor(send: (command: RunCommand) => void) {
    this.send = send;
    this.offline.hidden = true;
    this.element = h(
      'main',
      {},
      h(
        'header',
        { class: 'run' },
        h('div', { class: 'title' }, h('div', { class: 'name' }, this.title, this.chip), this.subtitle),
        this.buttons,
      ),
      h('div', { class: 'steps' }, this.progress, h('p', {}, this.steps, this.timing)),
      this.notices.element,
      this.result,
      this.stats,
      this.placeholder,
      this.charts,
      this.events.element,
      this.how.element,
    );
    // Nothing is known yet: an empty page is better than empty charts.
    this.element.hidden = true;
  }

  setConnection(reason: string | undefined): void {
    this.offline.hidden = reason === undefined;
    setText(this.offline, reason === undefined ? '' : `${reason} Reconnecting …`);
  }

  /** Instead of everything: the run cannot be shown at all. */
  showMissing(message: string, hint: string | undefined): void {
    this.element.hidden = false;
    this.element.replaceChildren(
      h('div', { class: 'empty' }, h('h1', {}, 'This run is not there'), h('p', {}, message), h('p', {}, hint ?? '')),
    );
  }

  /** Something that a person should know, with the next render; undefined: no longer. */
  tell(told: Notice | undefined): void {
    this.told = told;
  }

  render(record: RunRecord, model: RunModel, now: number): void {
    this.element.hidden = false;
    this.renderHeader(record, model, now);
    this.renderActions(record);
    const found = notice(record, model);
    this.notices.render([found, this.told].filter((each) => each !== undefined));
    this.renderResult(record, model);
    this.events.render(model.marks);
    this.how.render(howItRan(record, model));
    const empty = model.loss.length === 0;
    this.charts.hidden = empty;
    this.stats.hidden = empty;
    this.placeholder.hidden = !empty || (record.state !== 'queued' && record.state !== 'running');
  }

  renderHeader(record: RunRecord, model: RunModel, now: number): void {
    const view = header(record, model, now);
    setText(this.title, view.name);
    setText(this.subtitle, view.subtitle);
    setText(this.chip, view.label);
    this.chip.className = `chip ${view.held ? 'held' : view.state}`;
    setText(this.steps, view.progress);
    setText(this.timing, view.timing);
    this.progress.className = `progress ${view.state}${view.fraction === undefined && view.state === 'running' ? ' unknown' : ''}`;
    // In tenths: each other width would set it in motion.
    this.bar.style.width = view.fraction === undefined ? '' : `${(view.fraction * 100).toFixed(1)}%`;
    if (view.fraction === undefined) this.progress.removeAttribute('aria-valuenow');
    else this.progress.setAttribute('aria-valuenow', String(Math.round(view.fraction * 100)));
    this.progress.setAttribute('aria-valuetext', view.progress);
    view.stats.forEach(({ label, value, title }, i) => {
      const stat = this.stats.children[i] ?? this.stats.appendChild(h('div', {}, h('dt', {}, label), h('dd')));
      stat.setAttribute('title', title);
      setText(stat.lastElementChild!, value);
    });
  }

  private renderActions(record: RunRecord): void {
    if (this.shown.actions === record.state) return;
    this.shown.actions = record.state;
    this.buttons.replaceChildren(
      ...actions(record).map(({ command, label, primary }) =>
        h(
          'button',
          { type: 'button', class: primary ? 'primary' : 'secondary', onclick: () => this.send(command) },
          label,
        ),
      ),
    );
  }

  private renderResult(record: RunRecord, model: RunModel): void {
    const table = resultTable(record, model);
    const key = JSON.stringify(table ?? null);
    if (this.shown.result === key) return;
    this.shown.result = key;
    if (!table) {
      this.result.replaceChildren();
      return;
    }
    this.result.replaceChildren(resultCard(table));
  }
}
