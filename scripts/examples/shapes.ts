/** Pictures of single shapes, 32 × 32: bright on a dark ground, of any colour, near the middle, a little turned, with noise. */
import type { Random } from '../../server/base/random.ts';

export const side = 32;

/** Whether a point is inside; the shape fills about −1 to 1. */
type Shape = (x: number, y: number) => boolean;

const polygon =
  (...corners: [number, number][]): Shape =>
  (x, y) =>
    corners.reduce((inside, [ax, ay], i) => {
      const [bx, by] = corners[(i + 1) % corners.length]!;
      return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !inside : inside;
    }, false);

const around = (n: number, radius: (i: number) => number): [number, number][] =>
  Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n - Math.PI / 2;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });

/** What the small model has learnt before. */
export const knownShapes: Record<string, Shape> = {
  circle: (x, y) => x * x + y * y < 0.8,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.35,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.75,
  triangle: polygon(...around(3, () => 1)),
  cross: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.min(Math.abs(x), Math.abs(y)) < 0.28,
  bar: (x, y) => Math.abs(x) < 1 && Math.abs(y) < 0.25,
  arch: (x, y) => x * x + y * y < 0.9 && y < 0 && x * x + y * y > 0.25,
  hourglass: polygon([-0.8, -0.9], [0.8, -0.9], [-0.8, 0.9], [0.8, 0.9]),
};

/** What the example teaches it. */
export const newShapes: Record<string, Shape> = {
  star: polygon(...around(10, (i) => (i % 2 === 0 ? 1 : 0.42))),
  moon: (x, y) => x * x + y * y < 0.9 && (x - 0.5) ** 2 + y * y > 0.6,
  arrow: polygon([-0.9, -0.22], [0.1, -0.22], [0.1, -0.75], [0.95, 0], [0.1, 0.75], [0.1, 0.22], [-0.9, 0.22]),
  house: polygon([-0.7, 0.85], [-0.7, -0.1], [0, -0.95], [0.7, -0.1], [0.7, 0.85]),
};

/** [height, width, 3] */
export function draw(shape: Shape, random: Random): Uint8Array {
  const between = (from: number, to: number) => from + (to - from) * random.uniform();
  const [paper, ink] = twoColours(random);
  const size = between(10, 13.5);
  const [centerX, centerY] = [between(-2.5, 2.5) + side / 2, between(-2.5, 2.5) + side / 2];
  const turn = between(-0.3, 0.3);
  const [cos, sin] = [Math.cos(turn) / size, Math.sin(turn) / size];
  const rgb = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x + 0.5 - centerX, y + 0.5 - centerY];
      const colour = shape(cos * dx + sin * dy, cos * dy - sin * dx) ? ink : paper;
      for (let c = 0; c < 3; c++)
        rgb[(y * side + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(colour[c]! + 8 * random.normal())));
    }
  return rgb;
}

/** A dark one and a bright one. */
const twoColours = (random: Random): [number[], number[]] => [
  Array.from({ length: 3 }, () => random.below(90)),
  Array.from({ length: 3 }, () => 130 + random.below(126)),
];
