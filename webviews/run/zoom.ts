/** Zoom and pan of the shared axis: drag, wheel and pinch, double-click, keys. */
import type { Horizontal } from './horizontal.ts';
import type { Plot } from './plot.ts';
import { panned, selected, type XRange, zoomed } from './range.ts';

/** Pixels that a pointer may move within a click. */
const clickSlack = 4;

/**
 * @param changed the range is another one; `on` is the plot that it was changed on.
 * @param busy a drag begins or ends.
 */
export function addZoom(plot: Plot, x: Horizontal, changed: (on: Plot) => void, busy: (on: boolean) => void): void {
  const { canvas } = plot;
  const set = (range: XRange | undefined) => {
    x.zoom = range;
    changed(plot);
  };
  const zoom = (at: number, factor: number) => set(zoomed(x.visible(), x.full(), at, factor, x.least()));
  const pan = (share: number) => set(panned(x.visible(), x.full(), share));
  const width = () => Math.max(1, plot.area.right - plot.area.left);

  canvas.addEventListener('pointerdown', (event) => {
    const from = plot.placeAt(event.offsetX);
    if (event.button !== 0 || from === undefined) return;
    const start = { pixel: event.offsetX, range: x.visible() };
    const pans = event.shiftKey;
    const listening = new AbortController();
    let dragged = false;
    let to = from;
    canvas.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => {
      const by = moved.offsetX - start.pixel;
      if (!dragged && Math.abs(by) < clickSlack) return;
      dragged = true;
      busy(true);
      if (pans) return set(panned(start.range, x.full(), -by / width()));
      const { left, right } = plot.area;
      to = plot.placeAt(Math.min(right, Math.max(left, moved.offsetX))) ?? to;
      plot.drawChosen([from, to]);
    };
    const end = (apply: boolean) => {
      listening.abort();
      plot.drawChosen(undefined);
      busy(false);
      if (dragged && apply && !pans) set(selected(from, to, x.visible(), x.full(), x.least()));
    };
    const { signal } = listening;
    canvas.addEventListener('pointermove', move, { signal });
    canvas.addEventListener('pointerup', () => end(true), { signal });
    canvas.addEventListener('pointercancel', () => end(false), { signal });
    canvas.addEventListener('keydown', ({ key }) => key === 'Escape' && end(false), { signal });
  });
  canvas.addEventListener('dblclick', () => set(undefined));
  canvas.addEventListener(
    'wheel',
    (event) => {
      const at = plot.placeAt(event.offsetX);
      // A pinch comes as a wheel with Ctrl. Without it the wheel scrolls the page, but for a chart that has the focus.
      const zooms = event.ctrlKey || event.metaKey || document.activeElement === canvas;
      const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      if (at === undefined) return;
      if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) pan(across / width());
      else if (zooms) zoom(at, Math.exp(Math.max(-100, Math.min(100, event.deltaY)) * (event.ctrlKey ? 0.01 : 0.004)));
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to } = x.visible();
    const inside = plot.cursor !== undefined && plot.cursor >= from && plot.cursor <= to;
    const at = inside ? plot.cursor! : (from + to) / 2;
    const act: Record<string, () => void> = {
      '+': () => zoom(at, 0.5),
      '=': () => zoom(at, 0.5),
      '-': () => zoom(at, 2),
      0: () => set(undefined),
      PageUp: () => pan(-0.5),
      PageDown: () => pan(0.5),
    };
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]!();
  });
}
