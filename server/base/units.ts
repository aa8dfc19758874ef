/** Numbers as people read them, the same everywhere: 98,304 · 1.24 M · 5.2 MiB · 0.08 % · 1 m 05 s. */
export const count = (n: number): string => Math.round(n).toLocaleString('en-US');

/** k = 10³, M = 10⁶, B = 10⁹. */
export function shortCount(n: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (n >= size) return `${trim(n / size)}${unit}`;
  return String(n);
}

/** KiB = 2¹⁰ bytes and so on. */
export function bytes(n: number): string {
  for (const [size, unit] of [
    [2 ** 40, 'TiB'],
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const)
    if (n >= size) return `${trim(n / size)} ${unit}`;
  return `${n} B`;
}

/** `fraction` 0.0008 -> "0.08%". */
export function percent(fraction: number): string {
  const p = fraction * 100;
  return `${p === 0 ? '0' : p < 0.0001 ? p.toExponential(1) : trim(p)}%`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} m`;
  return s >= 60 ? `${Math.floor(s / 60)} m ${two(s % 60)} s` : `${s} s`;
}

/** Of a step: 0.8123 -> "812 ms", 4.2 -> "4.2 s". */
export const shortDuration = (seconds: number): string =>
  seconds < 1 ? `${trim(1000 * seconds)} ms` : `${trim(seconds)} s`;

/** Four significant digits, in plain notation where that is short: 2.314, 0.0123, 1.20e-5. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3) return value.toExponential(2);
  return size >= 1e3 ? count(value) : String(Number(value.toPrecision(4)));
}

const trim = (x: number): string => String(Number(x.toPrecision(3)));
