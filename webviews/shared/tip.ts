/** Tips beside what they tell of. */

/** After a place of its holder, before it where there is no room. @param at CSS pixels. @param room the holder's width. */
export function placeTip({ style, offsetWidth }: HTMLElement, at: number, room: number, gap = 14): void {
  const before = at + gap + offsetWidth > room;
  style.left = `${Math.max(0, before ? at - gap - offsetWidth : at + gap)}px`;
}
