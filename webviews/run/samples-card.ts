/** "Samples": what runs wrote after each prompt while they were trained, the newest first, with what is new in it. Texts are text and nothing else. */
import { count } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import type { ShownRun } from './horizontal.ts';
import { type SampleRow, samplesOf } from './samples.ts';
import { stretches } from './words.ts';

/** Rows of a prompt before all are asked for: the newest, and the oldest below them. */
const fewRows = 4;
/** Characters of a text that are shown. */
const longest = 4000;

export class SamplesCard {
  readonly element = h('details', { class: 'card samples', open: true, hidden: true });
  /** Prompts all of whose steps are shown. */
  private readonly whole = new Set<string>();
  private shown: readonly unknown[] = [];

  /** @param runs that are not hidden. */
  render(runs: readonly ShownRun[]): void {
    const writing = runs.filter(({ model }) => model.samples.length > 0);
    this.element.hidden = writing.length === 0;
    const now = writing.flatMap(({ name, model }) => [name, model, model.samples.length, model.samples.at(-1)]);
    if (now.length === this.shown.length && now.every((part, i) => part === this.shown[i])) return;
    this.shown = now;
    this.fill(writing);
  }

  private fill(runs: readonly ShownRun[]): void {
    const prompts = samplesOf(runs);
    this.element.replaceChildren(
      h('summary', {}, h('h2', {}, 'Samples'), h('span', { class: 'muted' }, promptsText(prompts.length))),
      ...prompts.map(({ prompt, rows }) => {
        const few = rows.length <= fewRows + 1 || this.whole.has(prompt);
        const shown = few ? rows : [...rows.slice(0, fewRows), rows.at(-1)!];
        const more = h(
          'button',
          {
            type: 'button',
            class: 'secondary small',
            onclick: () => {
              this.whole.add(prompt);
              this.fill(runs);
            },
          },
          `Show all ${count(rows.length)} steps`,
        );
        return h(
          'section',
          { 'aria-label': `Samples after ${prompt}` },
          h('h3', { dir: 'auto', title: 'What the model went on from' }, clipped(prompt)),
          h('div', { class: 'scroll' }, tableOf(runs, shown)),
          few ? undefined : h('span', { class: 'actions' }, more),
        );
      }),
    );
  }
}

const promptsText = (length: number): string => (length === 1 ? '1 prompt' : `${count(length)} prompts`);

function tableOf(runs: readonly ShownRun[], rows: readonly SampleRow[]): HTMLElement {
  const names = runs.length > 1 ? runs.map(({ name }) => h('th', { scope: 'col' }, name)) : [];
  return h(
    'table',
    {},
    names.length > 0 ? h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Step'), ...names)) : undefined,
    h('tbody', {}, ...rows.map(rowOf)),
  );
}

const rowOf = ({ step, texts, before }: SampleRow): HTMLElement =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, step === 0 ? 'Start' : count(step)),
    ...texts.map((text, i) => (text === undefined ? h('td', { class: 'muted' }, '–') : textCell(text, before[i]))),
  );

function textCell(text: string, before: string | undefined): HTMLElement {
  if (text.trim() === '') return h('td', { class: 'muted' }, 'Nothing');
  const parts = stretches(clipped(text), before === undefined ? undefined : clipped(before));
  return h(
    'td',
    { dir: 'auto' },
    ...parts.map((part) => (part.fresh ? h('mark', { title: 'Not in the sample before' }, part.text) : part.text)),
  );
}

/** What a model writes has no bound of ours. */
function clipped(text: string): string {
  // The space after a prompt is no part of a column of texts.
  const told = text.trimStart();
  return told.length > longest ? `${told.slice(0, longest)}…` : told;
}
