/** The editor's theme as colours that a canvas understands; canvases do not read CSS variables. */
import { hues } from '../../server/report/scene.ts';

export const seriesColours = [
  'training',
  'evaluation',
  'rate',
  'gradient',
  'throughput',
  'step',
  'memory',
  'ranks',
] as const;
export type SeriesColour = (typeof seriesColours)[number];

export interface Theme {
  series: Record<SeriesColour, string>;
  text: string;
  muted: string;
  grid: string;
  warning: string;
  crosshair: string;
  background: string;
  /** Of curves and points that are told apart by colour. */
  lines: string[];
  font: string;
  fontSize: number;
  highContrast: boolean;
  /** The background is dark. */
  dark: boolean;
}

const lineNames = Array.from({ length: hues }, (_, i) => `--line-${i + 1}`);

/** Resolves the custom properties of base.css, which in turn name the editor's `--vscode-*` variables. */
export function readTheme(): Theme {
  const names = [
    ...seriesColours.map((name) => `--series-${name}`),
    '--text',
    '--muted',
    '--grid',
    '--warning',
    '--crosshair',
    '--background',
    ...lineNames,
  ];
  const colours = readColours(names);
  const colour = (name: string) => colours[names.indexOf(name)]!;
  const background = colour('--background');
  const [r, g, b] = (background.match(/[\d.]+/g) ?? []).map(Number);
  return {
    series: Object.fromEntries(seriesColours.map((name) => [name, colour(`--series-${name}`)])) as Theme['series'],
    text: colour('--text'),
    muted: colour('--muted'),
    grid: colour('--grid'),
    warning: colour('--warning'),
    crosshair: colour('--crosshair'),
    background,
    lines: lineNames.map(colour),
    font: getComputedStyle(document.body).fontFamily,
    fontSize: Number.parseFloat(getComputedStyle(document.body).fontSize) - 2,
    highContrast: document.body.classList.contains('vscode-high-contrast'),
    dark: 0.299 * r! + 0.587 * g! + 0.114 * b! < 128,
  };
}

/** Custom properties as rgb() or rgba(). */
export function readColours(properties: readonly string[]): string[] {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colours = properties.map((property) => {
    probe.style.color = `var(${property})`;
    return toRgba(getComputedStyle(probe).color);
  });
  probe.remove();
  return colours;
}

/** The editor announces a theme change by new classes on the body and new variables on the root element. */
export function onThemeChange(listener: () => void): void {
  let waiting = false;
  const observer = new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      listener();
    });
  });
  const options = { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-id'] };
  observer.observe(document.body, options);
  observer.observe(document.documentElement, options);
}

export function withAlpha(rgba: string, alpha: number): string {
  const parts = rgba.match(/[\d.]+/g) ?? [];
  return `rgba(${parts.slice(0, 3).join(', ')}, ${alpha * Number(parts[3] ?? 1)})`;
}

/** `color-mix` computes to `color(srgb r g b / a)` with parts in [0, 1]; Chart.js reads only rgb() and rgba(). */
export function toRgba(computed: string): string {
  const match = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(computed);
  if (!match) return computed;
  const [r, g, b] = match.slice(1, 4).map((part) => Math.round(Number(part) * 255));
  return `rgba(${r}, ${g}, ${b}, ${Number(match[4] ?? 1)})`;
}
