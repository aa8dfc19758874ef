/** The Pareto chart on the page: drawn as wide as there is room, pointed at and walked with the arrow keys. */
import type { RunGroup } from '../../server/report/groups.ts';
import { type ParetoScene, paretoScene } from '../../server/report/pareto.ts';
import { svgOf } from '../../server/report/svg.ts';
import { h } from '../shared/dom.ts';
import { elementOf } from '../shared/scene.ts';
import { clickedOf, placeTipAtPoint, reach } from '../shared/tip.ts';

export interface ChartActions {
  choose(key: string): void;
  /** Enter, a double click. */
  open(key: string): void;
  /** What is known of a point, a line each. */
  facts(key: string): string[];
  speak(text: string): void;
}

export class ParetoChart {
  readonly holder: HTMLElement;
  scene: ParetoScene | undefined;
  private readonly tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  private readonly picture = h('div', { class: 'picture', 'aria-hidden': 'true' });
  private readonly actions: ChartActions;
  private shown: { groups: readonly RunGroup[]; metric: string; chosen: string | undefined } | undefined;
  private hovered: string | undefined;

  constructor(actions: ChartActions, summary: string) {
    this.actions = actions;
    this.holder = h(
      'div',
      {
        class: 'chart',
        tabindex: 0,
        role: 'img',
        'aria-label': 'Metric against trainable parameters. Arrow keys choose a configuration, Enter opens its run.',
        'aria-describedby': summary,
        onpointermove: (event) => this.point(event as PointerEvent),
        onpointerleave: () => this.hover(undefined),
        onblur: () => this.hover(undefined),
        onclick: (event) => this.click(event as MouseEvent),
        ondblclick: () => this.shown?.chosen !== undefined && actions.open(this.shown.chosen),
        onkeydown: (event) => this.key(event as KeyboardEvent),
      },
      this.picture,
      this.tip,
    );
    new ResizeObserver(() => this.redraw()).observe(this.holder);
  }

  draw(groups: readonly RunGroup[], metric: string, chosen: string | undefined): void {
    this.shown = { groups, metric, chosen };
    this.redraw();
  }

  /** Of what is shown, to be saved: with the names of the methods. */
  exported(): ParetoScene | undefined {
    const { shown } = this;
    return shown && paretoScene(shown.groups, shown.metric, { width: 760, height: 480, legend: true });
  }

  private redraw(): void {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (!this.shown || width === 0) return;
    const { groups, metric, chosen } = this.shown;
    this.scene = paretoScene(groups, metric, { width, height, legend: false, chosen, hovered: this.hovered });
    this.picture.replaceChildren(elementOf(svgOf(this.scene)));
    // The tip says more, and sooner.
    for (const title of this.picture.querySelectorAll('title')) title.remove();
  }

  private near({ clientX, clientY }: MouseEvent): string[] {
    const { left, top } = this.holder.getBoundingClientRect();
    const away = (at: { x: number; y: number }) => Math.hypot(at.x - clientX + left, at.y - clientY + top);
    const places = (this.scene?.places ?? []).filter(({ at }) => away(at) < reach);
    return places.sort((a, b) => away(a.at) - away(b.at)).map(({ key }) => key);
  }

  private point(event: PointerEvent): void {
    this.hover(this.near(event)[0]);
  }

  private hover(key: string | undefined): void {
    if (key === this.hovered) return;
    this.hovered = key;
    this.holder.classList.toggle('pointing', key !== undefined);
    this.redraw();
    this.tip.hidden = key === undefined;
    const place = this.scene?.places.find((each) => each.key === key);
    if (key === undefined || !place) return;
    this.tip.replaceChildren(
      ...this.actions.facts(key).map((text, i) => h('div', {}, i === 0 ? h('strong', {}, text) : text)),
    );
    placeTipAtPoint(this.tip, place.at, this.holder);
  }

  private click(event: MouseEvent): void {
    const key = clickedOf(this.near(event), this.shown?.chosen, event);
    if (key !== undefined) this.actions.choose(key);
  }

  private key(event: KeyboardEvent): void {
    const places = this.scene?.places ?? [];
    const at = places.findIndex(({ key }) => key === this.shown?.chosen);
    const last = places.length - 1;
    const to = {
      ArrowLeft: at < 0 ? 0 : at - 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined && last >= 0) {
      const { key } = places[Math.min(last, Math.max(0, to))]!;
      this.actions.choose(key);
      this.actions.speak(this.actions.facts(key).join(', '));
    } else if (event.key === 'Enter' && at >= 0) this.actions.open(places[at]!.key);
    else return;
    event.preventDefault();
  }
}
