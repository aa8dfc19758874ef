import { ImageFault } from '../../../datafiles/images/header.ts';

/** One plane of an image: luminance, or a colour, often at half the size. */
export interface Component {
  id: number;
  /** Sampling factors: how many blocks stand in a unit of the image, across and down. */
  h: number;
  v: number;
  /** Number of the quantization table; the table, in natural order, as it is when a scan needs it. */
  table: number;
  quantization: Uint16Array;
  /** Blocks that hold the component's samples, and those with what fills the last units up. */
  blocksAcross: number;
  blocksDown: number;
  heldAcross: number;
  /** [heldDown, heldAcross, 64] */
  coefficients: Int16Array;
  /** Samples that belong to the image. */
  width: number;
  height: number;
}

export interface Frame {
  width: number;
  height: number;
  progressive: boolean;
  components: Component[];
  mostH: number;
  mostV: number;
  /** Units across and down. */
  unitsAcross: number;
  unitsDown: number;
}

export const damaged = (what: string) => new ImageFault(`is a damaged JPEG: ${what}`);
