/** Small controls of card heads. */
import { h } from '../shared/dom.ts';

export interface Control<T> {
  element: HTMLElement;
  set(value: T): void;
}

/** One of a few words. */
export function segmented<T extends string>(
  label: string,
  options: readonly { value: T; text: string; title?: string }[],
  changed: (value: T) => void,
): Control<T> {
  const buttons = options.map(({ value, text, title }) =>
    h(
      'button',
      { type: 'button', title, 'aria-pressed': 'false', 'data-value': value, onclick: () => changed(value) },
      text,
    ),
  );
  return {
    element: h('div', { class: 'segmented', role: 'group', 'aria-label': label }, ...buttons),
    set(now) {
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.value === now));
    },
  };
}

export interface SelectControl extends Control<string> {
  /** Options in order; grouped where a group is named. */
  setOptions(options: readonly { value: string; text: string }[]): void;
}

export function select(label: string, changed: (value: string) => void): SelectControl {
  const list = h('select', { 'aria-label': label, title: label, onchange: () => changed(list.value) });
  let known = '';
  return {
    element: list,
    set(value) {
      if (list.value !== value) list.value = value;
    },
    setOptions(options) {
      const key = JSON.stringify(options);
      if (key === known) return;
      known = key;
      const { value } = list;
      list.replaceChildren(...options.map((option) => h('option', { value: option.value }, option.text)));
      list.value = value;
    },
  };
}

/** A number that counts once it is one: while something else stands in the field, the last number holds. */
export function numberField(
  label: string,
  attributes: Record<string, string | number>,
  changed: (value: number) => void,
): Control<number> & { element: HTMLInputElement } {
  const input = h('input', { type: 'number', 'aria-label': label, title: label, ...attributes });
  let last = Number.NaN;
  input.addEventListener('input', () => {
    if (input.value !== '' && input.validity.valid) changed(input.valueAsNumber);
  });
  input.addEventListener('change', () => {
    if (input.value === '' || !input.validity.valid) input.value = String(last);
  });
  return {
    element: input,
    set(value) {
      last = value;
      if (input.valueAsNumber !== value && !(document.activeElement === input && input.value === ''))
        input.value = String(value);
    },
  };
}

export function swatch(colour: string, dash: readonly number[]): HTMLElement {
  const line = h('span', { class: 'line-swatch', 'aria-hidden': 'true' });
  const period = dash.reduce((sum, part) => sum + part, 0);
  if (period === 0) line.style.background = colour;
  else {
    let at = 0;
    const stops = dash.flatMap((part, i) => {
      const from = at;
      at += part;
      return [`${i % 2 === 0 ? colour : 'transparent'} ${from}px ${at}px`];
    });
    line.style.background = `repeating-linear-gradient(90deg, ${stops.join(', ')})`;
  }
  return line;
}

/** A control with its name before it. */
export const named = (name: string, control: HTMLElement): HTMLElement =>
  h('span', { class: 'control' }, name, control);

/** Colours from first to last. */
export function gradient(colours: readonly string[]): HTMLElement {
  const bar = h('span', { class: 'ramp', 'aria-hidden': 'true' });
  bar.style.background = `linear-gradient(90deg, ${colours.join(', ')})`;
  return bar;
}
