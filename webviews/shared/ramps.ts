/** Colours of values. */

const channels = (hexes: string) =>
  hexes.split(' ').map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/** Viridis (van der Walt and Smith 2015): even steps to the eye, and readable without colour vision. */
const onDark = channels('440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725');
/** YlGnBu (Brewer 2003), for paper and light themes: nothing is pale, much is dark. */
const onLight = channels('ffffd9 edf8b1 c7e9b4 7fcdbb 41b6c4 1d91c0 225ea8 253494 081d58');

type Rgb = readonly [number, number, number];

/** @param share 0 … 1. High values stand out from the background: bright on dark, dark on light. */
export const ramp = (share: number, dark: boolean): Rgb => between(dark ? onDark : onLight, share);

/** For values on either side of a neutral one, which stands at 0.5. */
export const diverging = (share: number, dark: boolean): Rgb => between(dark ? aroundOnDark : aroundOnLight, share);

function between(anchors: readonly (readonly number[])[], share: number): Rgb {
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const i = Math.min(anchors.length - 2, Math.floor(at));
  const mix = (channel: number) =>
    Math.round(anchors[i]![channel]! + (anchors[i + 1]![channel]! - anchors[i]![channel]!) * (at - i));
  return [mix(0), mix(1), mix(2)];
}

/** Berlin (Crameri 2018), dark in the middle, and RdBu (Brewer 2003), pale there: what is neutral recedes on either background. */
const aroundOnDark = channels('9eb0ff 5aa2d9 2d7597 1a4256 11191e 3f1200 6f2c10 b2614b ffacac');
const aroundOnLight = channels('2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b');

export const css = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`;

/** Black or white, whichever reads better on a colour (relative luminance of WCAG 2). */
export function inkOn(colour: Rgb): string {
  const [r, g, b] = colour.map((part) => (part / 255) ** 2.2);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.179 ? '#000000' : '#ffffff';
}

/** Where a value stands between the ends of a scale, 0 … 1; NaN where it has no place. */
export interface ColourScale {
  low: number;
  high: number;
  logarithmic: boolean;
  /** low and high lie as far to either side of a value that is neutral. */
  diverging?: true;
  /** Values lie below low, or above high, and have its colour. */
  below?: true;
  above?: true;
}

const hasPlace = (value: number, logarithmic: boolean): boolean =>
  Number.isFinite(value) && !(logarithmic && value <= 0);

/** The scale of finite values; logarithmic only where all that count are positive. */
export function scaleOf(values: Iterable<number>, logarithmic: boolean): ColourScale | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!hasPlace(value, logarithmic)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high, logarithmic } : undefined;
}

/** Fewer values than this have no outliers. */
const enough = 8;

/** That scale up to Tukey's far fences, three times the quartiles' distance beyond them: one value of another kind must not take all colours. */
export function scaleWithin(values: Iterable<number>, logarithmic: boolean): ColourScale | undefined {
  const place = (value: number) => (logarithmic ? Math.log(value) : value);
  const all = [...values].filter((value) => hasPlace(value, logarithmic));
  const scale = scaleOf(all, logarithmic);
  if (!scale || all.length < enough) return scale;
  all.sort((a, b) => a - b);
  const [first, third] = [0.25, 0.75].map((share) => place(all[Math.round(share * (all.length - 1))]!));
  const reach = 3 * (third! - first!);
  // Where most are equal, whatever differs is what is looked for.
  if (reach === 0) return scale;
  const low = all.find((value) => place(value) >= first! - reach)!;
  const high = all.findLast((value) => place(value) <= third! + reach)!;
  return { low, high, logarithmic, ...(low > scale.low && { below: true }), ...(high < scale.high && { above: true }) };
}

export function placeOn({ low, high, logarithmic }: ColourScale, value: number): number {
  if (Number.isNaN(value)) return Number.NaN;
  if (high === low) return 0.5;
  if (!logarithmic) return Math.max(0, Math.min(1, (value - low) / (high - low)));
  return value <= 0 ? 0 : Math.max(0, Math.min(1, Math.log(value / low) / Math.log(high / low)));
}

/** As wide to either side of `neutral` as the value that is furthest from it. */
export function scaleAround(neutral: number, values: Iterable<number>): ColourScale | undefined {
  const scale = scaleOf(values, false);
  if (!scale) return undefined;
  const span = Math.max(Math.abs(scale.low - neutral), Math.abs(scale.high - neutral)) || 1;
  return { low: neutral - span, high: neutral + span, logarithmic: false, diverging: true };
}

/** The colour at a place on a scale. */
export const colourAt = (scale: ColourScale, place: number, dark: boolean): Rgb =>
  scale.diverging ? diverging(place, dark) : ramp(place, dark);
