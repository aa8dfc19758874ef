/** Points under the pointer: which are meant, and tips beside what they tell of. */
import type { Point } from './series.ts';

/** After a place of its holder, before it where there is no room. @param at CSS pixels. @param room the holder's width. */
export function placeTip({ style, offsetWidth }: HTMLElement, at: number, room: number, gap = 14): void {
  const before = at + gap + offsetWidth > room;
  style.left = `${Math.max(0, before ? at - gap - offsetWidth : at + gap)}px`;
}

/** The same for a point, a little above it and within its holder. */
export function placeTipAtPoint(tip: HTMLElement, { x, y }: Point, { clientWidth, clientHeight }: HTMLElement): void {
  placeTip(tip, x, clientWidth, 18);
  tip.style.top = `${Math.min(Math.max(0, y - 16), Math.max(0, clientHeight - tip.offsetHeight))}px`;
}

/** Points further away than this (pixels) are not meant. */
export const reach = 22;

/** Which of the points at one place a click means: the one after that which is chosen; a double click means the same again. */
export function clickedOf(
  near: readonly string[],
  chosen: string | undefined,
  { detail }: MouseEvent,
): string | undefined {
  const now = near.indexOf(chosen ?? '');
  return detail > 1 && now >= 0 ? near[now] : near[(now + 1) % Math.max(1, near.length)];
}
