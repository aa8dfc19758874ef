/** What pointer and keys do on the chart: values of the points under the pointer, choosing, using. */
import { count, percent } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import { clickedOf, placeTipAtPoint } from '../shared/tip.ts';
import type { BudgetChart } from './chart.ts';
import { factsOf } from './chosen.ts';
import { mark } from './look.ts';
import type { Row } from './rows.ts';

export interface PointActions {
  chosen(): string | undefined;
  choose(key: string): void;
  use(row: Row): void;
  /** The values in words, when keys chose a point. */
  speak(text: string): void;
}

export function addPointing(chart: BudgetChart, actions: PointActions): void {
  const { canvas, holder } = chart;
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  holder.append(tip);
  const hide = () => {
    tip.hidden = true;
    canvas.style.cursor = '';
    chart.mark(undefined);
  };
  canvas.addEventListener('pointerleave', hide);
  canvas.addEventListener('blur', hide);
  canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
    const rows = chart.at(offsetX, offsetY);
    if (rows.length === 0) return hide();
    canvas.style.cursor = 'pointer';
    chart.mark(rows[0]);
    showTip(chart, tip, rows);
  });
  canvas.addEventListener('click', (event) => {
    const keys = chart.at(event.offsetX, event.offsetY).map(({ key }) => key);
    const key = clickedOf(keys, actions.chosen(), event);
    if (key !== undefined) actions.choose(key);
  });
  canvas.addEventListener('dblclick', ({ offsetX, offsetY }) => {
    const row = chart.at(offsetX, offsetY).find(({ key }) => key === actions.chosen());
    if (row) actions.use(row);
  });
  canvas.addEventListener('keydown', (event) => {
    const rows = chart.series.flatMap((series) => series.rows);
    const chosen = rows.find(({ key }) => key === actions.chosen());
    if (event.key === 'Enter' && chosen) actions.use(chosen);
    const to = keyTarget(event.key, chart, chosen ?? rows.find(({ present }) => present) ?? rows[0]);
    if (event.key !== 'Enter' && !to) return;
    event.preventDefault();
    if (!to) return;
    actions.choose(to.key);
    actions.speak(`${to.label}: ${factsOf(to, undefined)}`);
  });
}

/** Left and right: along a method; up and down: the method before or after it, where it is nearest. */
function keyTarget(key: string, { series }: BudgetChart, now: Row | undefined): Row | undefined {
  const line = series.findIndex(({ rows }) => rows.some((row) => row.key === now?.key));
  if (!now || line < 0) return undefined;
  const { rows } = series[line]!;
  const at = rows.findIndex((row) => row.key === now.key);
  if (key === 'ArrowLeft') return rows[Math.max(0, at - 1)];
  if (key === 'ArrowRight') return rows[Math.min(rows.length - 1, at + 1)];
  if (key === 'Home') return rows[0];
  if (key === 'End') return rows.at(-1);
  const turn = key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0;
  if (turn === 0) return undefined;
  const others = series[(line + turn + series.length) % series.length]!.rows;
  const away = (row: Row) => Math.abs(Math.log(row.trainable / now.trainable));
  return others.reduce((best, row) => (away(row) < away(best) ? row : best));
}

function showTip(chart: BudgetChart, tip: HTMLElement, rows: Row[]): void {
  const [first] = rows;
  if (!first) return;
  const { trainable, updateRank, over } = first;
  const facts = [
    `${count(trainable)} trainable · ${percent(first.percent / 100)} · update rank ${count(updateRank)}`,
    ...(over ? ['above the budget'] : []),
  ];
  tip.replaceChildren(
    ...rows.map((row) =>
      h(
        'div',
        {},
        mark(row.method),
        h('strong', {}, row.label, row.present ? ' (the recipe)' : ''),
        ...(row === rows.at(-1) ? facts.map((text) => h('span', { class: 'tip-facts' }, text)) : []),
      ),
    ),
  );
  tip.hidden = false;
  placeTipAtPoint(tip, chart.pixelOf(first), chart.canvas);
}
