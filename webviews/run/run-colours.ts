/** Colours of runs. */
import { hues } from '../../server/report/scene.ts';
import type { Theme } from '../shared/theme.ts';

/** Past the last colour they come again, nearer to the text's. */
export function runColour({ lines, text }: Theme, place: number): string {
  const colour = lines[place % hues]!;
  return place < hues ? colour : mixed(colour, text);
}

const parts = (rgba: string): number[] => (rgba.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

function mixed(one: string, other: string): string {
  const [a, b] = [parts(one), parts(other)];
  return `rgb(${a.map((part, i) => Math.round(0.55 * part + 0.45 * (b[i] ?? part))).join(', ')})`;
}
