/** The prompt, how it is answered, and the button that has it answered. */
import type { GenerationSettings, PlaygroundSide, WeighingInfo } from '../../server/protocol/generation.ts';
import { h, setText } from '../shared/dom.ts';
import { stopLines, stopsOf } from './words.ts';

/** Fields of numbers, with their bounds. */
const fields = [
  ['temperature', 'Temperature', { min: 0, max: 10, step: 0.1 }, '0 takes the likeliest token each time'],
  ['topK', 'Top-k', { min: 0, step: 1 }, 'Only the k likeliest tokens; 0: all'],
  [
    'topP',
    'Top-p',
    { min: 0.01, max: 1, step: 0.01 },
    'Only the likeliest tokens of this probability together; 1: all',
  ],
  [
    'repetitionPenalty',
    'Repetition penalty',
    { min: 0.1, max: 10, step: 0.05 },
    'Above 1: tokens of the text become unlikelier',
  ],
  ['maxNewTokens', 'Max tokens', { min: 1, step: 1 }, 'The text ends after this many'],
  ['seed', 'Seed', { min: 0, max: 2 ** 31 - 1, step: 1 }, 'The same seed draws the same text'],
] as const;

export interface ControlActions {
  generate(): void;
  stop(): void;
  changed(): void;
}

export class Controls {
  readonly element: HTMLFormElement;
  private readonly prompt: HTMLTextAreaElement;
  private readonly numbers: Map<(typeof fields)[number][0], HTMLInputElement>;
  private readonly stops: HTMLTextAreaElement;
  private readonly slider: HTMLInputElement;
  private readonly weightValue = h('output', { for: 'weight' });
  private readonly weightRow: HTMLElement;
  private readonly weightReason = h('p', { class: 'muted weight-reason' });
  private readonly chat: HTMLInputElement;
  private readonly chatRow: HTMLElement;
  private readonly button: HTMLButtonElement;
  private writing = false;

  constructor(sides: readonly PlaygroundSide[], actions: ControlActions) {
    const onchange = () => actions.changed();
    this.prompt = h('textarea', {
      id: 'prompt',
      rows: 5,
      spellcheck: 'false',
      placeholder: 'What to go on from',
      oninput: onchange,
    });
    this.numbers = new Map(
      fields.map(([key, , bounds]) => [
        key,
        h('input', { type: 'number', id: key, required: true, ...bounds, onchange }),
      ]),
    );
    this.stops = h('textarea', { id: 'stops', rows: 2, spellcheck: 'false', placeholder: '\\nUser:', onchange });
    this.slider = h('input', {
      type: 'range',
      id: 'weight',
      min: 0,
      max: 2,
      step: 0.05,
      list: 'weights',
      oninput: () => this.showWeight(),
      onchange,
    });
    const marks = h('datalist', { id: 'weights' }, ...[0, 1, 2].map((value) => h('option', { value })));
    this.weightRow = h(
      'div',
      { class: 'weight' },
      h('label', { for: 'weight' }, 'Weight of the adapter'),
      this.slider,
      this.weightValue,
      marks,
      this.weightReason,
    );
    this.weightRow.hidden = !sides.includes('adapted');
    this.chat = h('input', { type: 'checkbox', id: 'chat', onchange });
    this.chatRow = h(
      'div',
      { class: 'chat', title: "The prompt is a user's message, as the model's chat template writes it" },
      this.chat,
      h('label', { for: 'chat' }, 'As a chat message'),
    );
    this.chatRow.hidden = true;
    this.button = h('button', { type: 'submit', class: 'primary generate' }, 'Generate');
    const field = (label: string, input: HTMLElement, about: string, wide = '') =>
      h('div', { class: `field${wide}`, title: about }, h('label', { for: input.id }, label), input);
    this.element = h(
      'form',
      {
        class: 'card ask',
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          if (this.writing) actions.stop();
          else if (this.element.reportValidity()) actions.generate();
        },
        onkeydown: (event) => {
          const { key, ctrlKey, metaKey } = event as KeyboardEvent;
          if (key === 'Enter' && (ctrlKey || metaKey)) this.button.click();
          if (key === 'Escape' && this.writing) actions.stop();
        },
      },
      h('label', { for: 'prompt', class: 'prompt-label' }, 'Prompt'),
      this.prompt,
      h(
        'fieldset',
        {},
        h('legend', { class: 'visually-hidden' }, 'Settings'),
        ...fields.map(([key, label, , about]) => field(label, this.numbers.get(key)!, about)),
        field(
          'Stop texts, one a line',
          this.stops,
          'The text ends before the first of these; \\n is a line break',
          ' wide',
        ),
      ),
      this.chatRow,
      this.weightRow,
      h('div', { class: 'actions' }, this.button, h('span', { class: 'muted keys' }, 'Ctrl+Enter')),
    );
  }

  get values(): { prompt: string; settings: GenerationSettings; weight: number } {
    const number = (key: (typeof fields)[number][0]) => this.numbers.get(key)!.valueAsNumber;
    const whole = (key: 'topK' | 'maxNewTokens' | 'seed') => Math.round(number(key));
    return {
      prompt: this.prompt.value,
      settings: {
        temperature: number('temperature'),
        topK: whole('topK'),
        topP: number('topP'),
        repetitionPenalty: number('repetitionPenalty'),
        maxNewTokens: whole('maxNewTokens'),
        seed: whole('seed'),
        stop: stopsOf(this.stops.value),
        ...(!this.chatRow.hidden && this.chat.checked && { chat: {} }),
      },
      weight: this.slider.valueAsNumber,
    };
  }

  /** Whether every field has a value that can be asked for. */
  get valid(): boolean {
    return this.element.checkValidity();
  }

  set({ prompt, settings, weight }: { prompt: string; settings: GenerationSettings; weight: number }): void {
    this.prompt.value = prompt;
    for (const [key, input] of this.numbers) input.value = String(settings[key]);
    this.stops.value = stopLines(settings.stop);
    if (!this.chatRow.hidden) this.chat.checked = settings.chat !== undefined;
    this.slider.value = String(weight);
    this.showWeight();
  }

  focus(): void {
    this.prompt.focus();
  }

  setWriting(writing: boolean): void {
    this.writing = writing;
    setText(this.button, writing ? 'Stop' : 'Generate');
    this.button.className = writing ? 'secondary generate' : 'primary generate';
  }

  setWeighing({ reason, from, to }: WeighingInfo): void {
    const weighable = from !== undefined && to !== undefined;
    this.slider.disabled = !weighable;
    if (!weighable) this.slider.value = '1';
    setText(this.weightReason, reason ?? '');
    this.showWeight();
  }

  /** Shown where the model has a template; `usual`: what it is before a person says otherwise. */
  setChat(there: boolean, usual: boolean): void {
    if (this.chatRow.hidden && there) this.chat.checked = usual;
    this.chatRow.hidden = !there;
  }

  private showWeight(): void {
    const weight = this.slider.valueAsNumber;
    const meaning = weight === 0 ? 'the base' : weight === 1 ? 'as trained' : `${weight} × its change`;
    setText(this.weightValue, `${weight.toFixed(2)}: ${meaning}`);
    this.slider.setAttribute('aria-valuetext', `${weight}, ${meaning}`);
  }
}
