/** A scene as SVG. Colours are classes (`ink-text`, `hue-1` …) that the page's style fills in, or stand in the picture itself. Pure. */
import { cornersOf, hues, type Ink, type Scene, type Shape } from './scene.ts';

/** An element; its text, if any, is text and never markup. */
export interface SvgNode {
  tag: string;
  attributes: Record<string, string | number>;
  children?: SvgNode[];
  text?: string;
}

export function svgOf({ width, height, title, shapes }: Scene): SvgNode {
  return {
    tag: 'svg',
    attributes: { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' },
    children: [{ tag: 'title', attributes: {}, text: title }, ...shapes.map(nodeOf)],
  };
}

export const inkClass = (ink: Ink): string => (typeof ink === 'number' ? `hue-${(ink % hues) + 1}` : `ink-${ink}`);

function nodeOf(shape: Shape): SvgNode {
  const name = inkClass(shape.ink);
  switch (shape.kind) {
    case 'line':
      return {
        tag: 'polyline',
        attributes: {
          class: `stroke ${name}`,
          points: shape.points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' '),
          'stroke-width': shape.width,
          ...(shape.dash && { 'stroke-dasharray': shape.dash.join(' ') }),
          ...(shape.opacity !== undefined && { opacity: shape.opacity }),
        },
      };
    case 'ring':
      return {
        tag: 'circle',
        attributes: { class: `stroke ${name}`, ...centre(shape.at), r: shape.radius, 'stroke-width': shape.width },
      };
    case 'mark': {
      const { at, form, radius, hollow, key, title } = shape;
      const attributes = {
        class: `point ${hollow ? 'stroke' : 'fill'} ${name}`,
        ...(hollow && { 'stroke-width': 1.75 }),
        ...(key !== undefined && { 'data-key': key }),
      };
      const children = title === undefined ? {} : { children: [{ tag: 'title', attributes: {}, text: title }] };
      const corners = cornersOf(form, at, radius);
      return corners.length === 0
        ? { tag: 'circle', attributes: { ...attributes, ...centre(at), r: radius }, ...children }
        : {
            tag: 'polygon',
            attributes: { ...attributes, points: corners.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ') },
            ...children,
          };
    }
    case 'text': {
      const { at, text, size, anchor, upwards, halo } = shape;
      const [x, y] = [round(at.x), round(at.y)];
      return {
        tag: 'text',
        attributes: {
          class: `fill ${name}${halo ? ' halo' : ''}`,
          x,
          y,
          'font-size': size,
          'text-anchor': anchor,
          ...(upwards && { transform: `rotate(-90 ${x} ${y})` }),
        },
        text,
      };
    }
  }
}

const centre = ({ x, y }: { x: number; y: number }) => ({ cx: round(x), cy: round(y) });
const round = (value: number): number => Math.round(value * 10) / 10;

export function svgText({ tag, attributes, children = [], text = '' }: SvgNode): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  return `<${tag}${written.join('')}>${escaped(text)}${children.map(svgText).join('')}</${tag}>`;
}

/** For HTML and XML, in text and in quoted attributes; characters that XML does not have are replaced. */
export const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A file of its own, on a white page. */
export function svgFile(scene: Scene): string {
  const svg = svgOf(scene);
  const { width, height } = scene;
  svg.children!.splice(
    1,
    0,
    {
      tag: 'style',
      attributes: {},
      text: `text { font-family: ${fonts} } ${inkRules('svg', lightInks)} ${chartRules}`,
    },
    { tag: 'rect', attributes: { class: 'fill ink-background', width, height } },
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svgText(svg)}\n`;
}

export const fonts = 'system-ui, sans-serif';

/** How `svgOf` is to be styled, once each ink has its `--ink`. */
export const chartRules =
  '.stroke { fill: none; stroke: var(--ink); stroke-linejoin: round; stroke-linecap: round } .fill { fill: var(--ink) } .halo { paint-order: stroke; stroke: var(--halo); stroke-width: 3px; stroke-linejoin: round }';

export type Inks = Record<'text' | 'muted' | 'grid' | 'front' | 'background', string> & { hues: readonly string[] };

/** Told apart by hue and by lightness. */
export const lightInks: Inks = {
  text: '#1f2328',
  muted: '#59636e',
  grid: '#e3e6ea',
  front: '#c3c9d1',
  background: '#ffffff',
  hues: ['#0969da', '#c25700', '#1a7f37', '#8250df', '#cf222e', '#0b8389', '#b3308f', '#57606a'],
};

export const darkInks: Inks = {
  text: '#e6edf3',
  muted: '#9198a1',
  grid: '#2b313a',
  front: '#4d5661',
  background: '#0d1117',
  hues: ['#58a6ff', '#f0883e', '#3fb950', '#bc8cff', '#ff7b72', '#39c5cf', '#f778ba', '#b1bac4'],
};

/** CSS that gives each ink its colour below `root`. */
export const inkRules = (root: string, { hues: colours, ...named }: Inks): string =>
  [
    `${root} { --halo: ${named.background} }`,
    ...Object.entries(named).map(([name, colour]) => `${root} .ink-${name} { --ink: ${colour} }`),
    ...colours.map((colour, i) => `${root} .hue-${i + 1} { --ink: ${colour} }`),
  ].join(' ');
