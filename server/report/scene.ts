/** A chart as lines, marks and texts, for whoever paints it: a report, a panel, a picture. Pixels of CSS, y downwards. Pure. */
import type { Point } from '../base/series.ts';
import type { Form } from './look.ts';

/** How many colours tell curves and points apart. */
export const hues = 8;

/** Names of colours; a number is one of the hues, from 0. */
export type Ink = 'text' | 'muted' | 'grid' | 'front' | 'background' | number;

export type Shape =
  | { kind: 'line'; points: Point[]; ink: Ink; width: number; dash?: number[]; opacity?: number }
  | { kind: 'mark'; at: Point; form: Form; radius: number; ink: Ink; hollow?: boolean; key?: string; title?: string }
  | { kind: 'ring'; at: Point; radius: number; ink: Ink; width: number }
  | {
      kind: 'text';
      at: Point;
      text: string;
      ink: Ink;
      size: number;
      anchor: 'start' | 'middle' | 'end';
      /** Written upwards. */
      upwards?: boolean;
      /** Readable over lines. */
      halo?: boolean;
    };

export interface Scene {
  width: number;
  height: number;
  /** What a person who does not see it is told. */
  title: string;
  shapes: Shape[];
}

/** About how wide a text is, in the fonts of user interfaces. */
export const textWidth = (text: string, size: number): number => [...text].length * size * 0.56;

/** The corners of a mark; a circle has none. */
export function cornersOf(form: Form, { x, y }: Point, radius: number): Point[] {
  const around: Record<Form, readonly (readonly [number, number])[]> = {
    circle: [],
    rectRot: [
      [0, -1.25],
      [1.25, 0],
      [0, 1.25],
      [-1.25, 0],
    ],
    triangle: [
      [0, -1.25],
      [1.15, 0.85],
      [-1.15, 0.85],
    ],
    rect: [
      [-0.95, -0.95],
      [0.95, -0.95],
      [0.95, 0.95],
      [-0.95, 0.95],
    ],
  };
  return around[form].map(([dx, dy]) => ({ x: x + dx * radius, y: y + dy * radius }));
}
