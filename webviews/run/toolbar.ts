/** What holds for all charts: the horizontal axis, its range, smoothing, and which runs. */
import type { XAxis } from '../../server/protocol/webview.ts';
import { h, setText } from '../shared/dom.ts';
import type { Horizontal } from './horizontal.ts';
import type { Settings } from './settings.ts';

const axes: Record<XAxis, string> = { steps: 'Steps', tokens: 'Tokens', time: 'Time' };

export interface ToolbarActions {
  axis(axis: XAxis): void;
  smoothing(): void;
  showAll(): void;
  addRuns(): void;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly range = h('span', { class: 'range' });
  private readonly all: HTMLButtonElement;
  private readonly weight = h('output');
  private readonly x: Horizontal;

  constructor(settings: Settings, x: Horizontal, actions: ToolbarActions) {
    this.x = x;
    const select = h(
      'select',
      { 'aria-label': 'Horizontal axis', onchange: () => actions.axis(select.value as XAxis) },
      ...Object.entries(axes).map(([value, text]) => h('option', { value }, text)),
    );
    select.value = settings.axis;
    const slider = h('input', {
      type: 'range',
      min: 0,
      max: 0.99,
      step: 0.01,
      value: settings.weight,
      'aria-label': 'Weight of the moving average',
      title: 'Weight of the moving average, its start-up bias divided out; 0: none',
      oninput: () => {
        settings.weight = Number(slider.value);
        this.render(settings);
        actions.smoothing();
      },
    });
    this.all = button('Show All', 'Show the whole axis (double-click, or 0)', actions.showAll);
    this.element = h(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'Charts' },
      h('label', {}, 'Axis', select),
      h('label', {}, 'Smoothing', slider, this.weight),
      h(
        'span',
        { class: 'spacer actions' },
        this.range,
        this.all,
        button('Add Run…', 'Lay other runs over this one', actions.addRuns),
      ),
    );
    this.render(settings);
  }

  render({ weight }: Settings): void {
    setText(this.weight, weight.toFixed(2));
    this.all.hidden = this.x.zoom === undefined;
    const { from, to } = this.x.visible();
    const unit = this.x.axis === 'time' ? '' : `${this.x.axis === 'steps' ? 'Steps' : 'Tokens'} `;
    setText(this.range, this.x.zoom ? `${unit}${this.x.text(from)} – ${this.x.text(to)}` : '');
  }
}

const button = (text: string, title: string, onclick: () => void): HTMLButtonElement =>
  h('button', { type: 'button', class: 'secondary small', title, onclick }, text);
