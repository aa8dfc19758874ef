/** The part of the horizontal axis that is shown, as pointers and keys change it. Pure. */
export interface XRange {
  from: number;
  to: number;
}

/** No nearer than this part of everything: below it a double's digits would show. */
const nearest = 1e-9;

/** The range moved into `full`; undefined when it is all of it. */
function within({ from, to }: XRange, full: XRange): XRange | undefined {
  const width = Math.min(to - from, full.to - full.from);
  const start = Math.min(Math.max(from, full.from), full.to - width);
  return width >= (full.to - full.from) * (1 - 1e-6) ? undefined : { from: start, to: start + width };
}

/** Nearer (factor < 1) or farther, with `at` staying where it is. @param least the narrowest range. */
export function zoomed(range: XRange, full: XRange, at: number, factor: number, least: number): XRange | undefined {
  const width = range.to - range.from;
  const wanted = Math.max(width * factor, Math.min(width, Math.max(least, (full.to - full.from) * nearest)));
  const share = (at - range.from) / width;
  return within({ from: at - share * wanted, to: at + (1 - share) * wanted }, full);
}

/** By a part of what is shown, to the right when positive. */
export function panned({ from, to }: XRange, full: XRange, share: number): XRange | undefined {
  const by = (to - from) * share;
  return within({ from: from + by, to: to + by }, full);
}

/** Between two places in any order. */
export function selected(a: number, b: number, range: XRange, full: XRange, least: number): XRange | undefined {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const width = Math.max(to - from, Math.min(least, range.to - range.from));
  return within({ from, to: from + width }, full);
}
