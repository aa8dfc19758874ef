/** A scene as elements of the page, and as a picture. */
import { cornersOf, type Ink, type Scene, type Shape } from '../../server/report/scene.ts';
import type { SvgNode } from '../../server/report/svg.ts';
import type { Theme } from './theme.ts';

/** Text goes in as text nodes: nothing that a run wrote is ever parsed. */
export function elementOf({ tag, attributes, children = [], text }: SvgNode): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes))
    if (name !== 'xmlns') element.setAttribute(name, String(value));
  if (text !== undefined) element.append(text);
  element.append(...children.map(elementOf));
  return element;
}

/** Sharp enough for print. @returns a canvas of `density` pixels to one of CSS. */
export function canvasOf({ width, height, shapes }: Scene, theme: Theme, density = 2): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * density, height * density];
  const ctx = canvas.getContext('2d')!;
  ctx.scale(density, density);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, width, height);
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  for (const shape of shapes) {
    ctx.save();
    draw(ctx, shape, theme);
    ctx.restore();
  }
  return canvas;
}

function inkOf(ink: Ink, theme: Theme): string {
  if (typeof ink === 'number') return theme.lines[ink % theme.lines.length]!;
  const { text, muted, grid, crosshair, background } = theme;
  return { text, muted, grid, front: crosshair, background }[ink];
}

function draw(ctx: CanvasRenderingContext2D, shape: Shape, theme: Theme): void {
  ctx.strokeStyle = inkOf(shape.ink, theme);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.beginPath();
  switch (shape.kind) {
    case 'line':
      ctx.globalAlpha = shape.opacity ?? 1;
      ctx.lineWidth = shape.width;
      ctx.setLineDash(shape.dash ?? []);
      for (const { x, y } of shape.points) ctx.lineTo(x, y);
      ctx.stroke();
      break;
    case 'ring':
      ctx.lineWidth = shape.width;
      ctx.arc(shape.at.x, shape.at.y, shape.radius, 0, 2 * Math.PI);
      ctx.stroke();
      break;
    case 'mark': {
      const corners = cornersOf(shape.form, shape.at, shape.radius);
      if (corners.length === 0) ctx.arc(shape.at.x, shape.at.y, shape.radius, 0, 2 * Math.PI);
      for (const { x, y } of corners) ctx.lineTo(x, y);
      ctx.closePath();
      ctx.lineWidth = 1.75;
      if (shape.hollow) ctx.stroke();
      else ctx.fill();
      break;
    }
    case 'text':
      ctx.font = `${shape.size}px ${theme.font}`;
      ctx.textAlign = ({ start: 'left', middle: 'center', end: 'right' } as const)[shape.anchor];
      ctx.translate(shape.at.x, shape.at.y);
      if (shape.upwards) ctx.rotate(-Math.PI / 2);
      if (shape.halo) {
        ctx.strokeStyle = theme.background;
        ctx.lineWidth = 3;
        ctx.strokeText(shape.text, 0, 0);
      }
      ctx.fillText(shape.text, 0, 0);
  }
}
