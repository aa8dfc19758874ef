/** Decoded images: rows of red, green and blue, 8 bits each, as Pillow's `convert("RGB")` gives them. */
import { ImageFault, imageHeader } from '../../datafiles/images/header.ts';
import { decodeJpeg } from './jpeg/decode.ts';
import { decodePng } from './png.ts';

export interface Pixels {
  width: number;
  height: number;
  /** 3, or 1 for shades of grey. */
  channels: number;
  /** [height, width, channels] */
  data: Uint8Array;
}

/** Throws an `ImageFault` for what is no image, is damaged, cut off, too large or of a kind that is not read. EXIF orientation is not applied, as in Pillow. */
export function decodeImage(bytes: Uint8Array): Pixels {
  const { format } = imageHeader(bytes);
  try {
    return format === 'png' ? decodePng(bytes) : decodeJpeg(bytes);
  } catch (error) {
    if (error instanceof ImageFault) throw error;
    // Tables and offsets of a damaged file lead anywhere.
    if (error instanceof RangeError || error instanceof TypeError)
      throw new ImageFault(`is a damaged ${format.toUpperCase()}`);
    throw error;
  }
}

/** Shades of grey as Pillow's `convert("L")`: ITU-R 601-2. */
export function toGrey({ width, height, data }: Pixels): Pixels {
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
  return { width, height, channels: 1, data: grey };
}
