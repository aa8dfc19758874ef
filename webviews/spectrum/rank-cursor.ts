/** The rank cursor: one rank, a handle in every chart of ranks. Handles are elements over the canvas, so that moving one draws nothing anew. */
import { h } from '../shared/dom.ts';
import type { CurveChart } from './curve-chart.ts';

export interface RankState {
  rank: number;
  largest: number;
  /** In words, for screen readers. */
  text: string;
}

export class RankCursor {
  private readonly handles: { chart: CurveChart; handle: HTMLElement }[];
  private state: RankState = { rank: 1, largest: 1, text: '' };

  constructor(charts: readonly CurveChart[], moved: (rank: number) => void) {
    this.handles = charts.map((chart) => {
      const handle = h('div', {
        class: 'rank-cursor',
        role: 'slider',
        tabindex: 0,
        'aria-label': `Rank, in ${chart.title.toLowerCase()}`,
        'aria-valuemin': 1,
      });
      chart.holder.append(handle);
      // Where the chart stands is asked once a drag: asking in each move would lay the page out in between.
      let left: number | undefined;
      const follow = (event: PointerEvent) => {
        if (left === undefined) return;
        const value = chart.valueAt(event.clientX - left);
        if (value !== undefined) moved(this.clamp(Math.round(value)));
      };
      chart.holder.addEventListener('pointerdown', (event) => {
        if (event.button !== 0 || handle.hidden) return;
        left = chart.holder.getBoundingClientRect().left;
        chart.holder.setPointerCapture(event.pointerId);
        handle.focus({ preventScroll: true });
        event.preventDefault();
        follow(event);
      });
      chart.holder.addEventListener('pointermove', follow);
      for (const end of ['pointerup', 'pointercancel'] as const)
        chart.holder.addEventListener(end, () => {
          left = undefined;
        });
      handle.addEventListener('keydown', (event) => {
        const next = rankByKey(event, this.state);
        if (next === undefined) return;
        event.preventDefault();
        moved(next);
      });
      return { chart, handle };
    });
  }

  set(state: RankState): void {
    this.state = state;
    this.place();
  }

  /** After a chart was laid out anew. */
  place(): void {
    const { rank, largest, text } = this.state;
    for (const { chart, handle } of this.handles) {
      const { area } = chart;
      const shown = area !== undefined && (chart.content?.curves.length ?? 0) > 0;
      handle.hidden = !shown;
      if (!shown) continue;
      handle.style.transform = `translate(${chart.pixelOf(rank)}px, ${area.top}px)`;
      handle.style.height = `${area.bottom - area.top}px`;
      handle.setAttribute('aria-valuemax', String(largest));
      handle.setAttribute('aria-valuenow', String(rank));
      handle.setAttribute('aria-valuetext', text);
    }
  }

  private clamp(rank: number): number {
    return Math.min(this.state.largest, Math.max(1, rank));
  }
}

/** Arrows step by one, with Shift by ten; Page keys double and halve. */
export function rankByKey(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  { rank, largest }: Pick<RankState, 'rank' | 'largest'>,
): number | undefined {
  const stride = shiftKey ? 10 : 1;
  const to: Record<string, number> = {
    ArrowLeft: rank - stride,
    ArrowDown: rank - stride,
    ArrowRight: rank + stride,
    ArrowUp: rank + stride,
    PageUp: rank * 2,
    PageDown: Math.floor(rank / 2),
    Home: 1,
    End: largest,
  };
  const next = to[key];
  return next === undefined ? undefined : Math.min(largest, Math.max(1, next));
}
