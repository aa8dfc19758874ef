import type { Frame } from './types.ts';

const fixed = (x: number): number => Math.floor(x * 65536 + 0.5);
const clip = (x: number): number => Math.max(0, Math.min(255, x));

/** [height, width, 3], from planes of grey, YCbCr, RGB, CMYK or YCCK; which of them it is, libjpeg's rules say. */
export function toRgb(
  planes: Uint8Array[],
  frame: Frame,
  marks: { jfif: boolean; adobe: number | undefined },
): Uint8Array {
  const out = new Uint8Array(frame.width * frame.height * 3);
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array?];
  const coded = hasLuminance(frame, marks);
  for (let i = 0, at = 0; i < a.length; i++, at += 3) {
    if (planes.length === 1) {
      out.fill(a[i]!, at, at + 3);
      continue;
    }
    let [red, green, blue] = [a[i]!, b[i]!, c[i]!];
    if (coded) {
      const [cb, cr] = [b[i]! - 128, c[i]! - 128];
      red = clip(a[i]! + ((fixed(1.402) * cr + 0x8000) >> 16));
      green = clip(a[i]! + ((-fixed(0.34414) * cb - fixed(0.71414) * cr + 0x8000) >> 16));
      blue = clip(a[i]! + ((fixed(1.772) * cb + 0x8000) >> 16));
    }
    if (d) [red, green, blue] = inked([red, green, blue], d[i]!, coded);
    out[at] = red;
    out[at + 1] = green;
    out[at + 2] = blue;
  }
  return out;
}

/** Adobe's CMYK is stored inverted, and Pillow takes every CMYK JPEG to be Adobe's. */
function inked(stored: [number, number, number], light: number, coded: boolean): [number, number, number] {
  // Coded, C, M and Y are the complements of what stands there.
  return stored.map((value) => {
    const ink = coded ? value : 255 - value;
    const product = ink * light + 128;
    return clip(light - (((product >> 8) + product) >> 8));
  }) as [number, number, number];
}

function hasLuminance({ components }: Frame, { jfif, adobe }: { jfif: boolean; adobe: number | undefined }): boolean {
  if (components.length === 4) return adobe === 2;
  if (jfif) return true;
  if (adobe !== undefined) return adobe !== 0;
  return String.fromCharCode(...components.map(({ id }) => id)) !== 'RGB';
}
