/** The coefficients of one scan: all of a block in sequential files, a part of them or further bits of them in progressive ones. ITU-T T.81, F and G. */
import type { Bits, HuffmanTable } from './bits.ts';
import { type Component, damaged, type Frame } from './types.ts';

export interface ScanPart {
  component: Component;
  dc: HuffmanTable | undefined;
  ac: HuffmanTable | undefined;
  /** The last block's first coefficient, which the next one differs from. */
  predicted: number;
}

export interface Scan {
  parts: ScanPart[];
  /** Coefficients from and to, in zigzag order; the bit that was reached before and the one that is reached now. */
  from: number;
  to: number;
  high: number;
  low: number;
  /** Units between restarts; 0 for none. */
  interval: number;
}

/** Natural place of each coefficient as files have them; what a damaged file counts beyond goes to the last one. */
export const zigzag = Uint8Array.from(
  [
    [
      0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
      28,
    ],
    [
      35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
      47,
    ],
    [55, 62, 63, ...Array.from({ length: 16 }, () => 63)],
  ].flat(),
);

/** Reads the scan into the coefficients; `bits` then stands at the marker behind it. */
export function readScan(bits: Bits, frame: Frame, scan: Scan): void {
  const state = { bits, scan, skipped: 0 };
  const decode = decoderOf(frame, scan);
  const [only] = scan.parts.length === 1 ? scan.parts : [];
  const across = only ? only.component.blocksAcross : frame.unitsAcross;
  const down = only ? only.component.blocksDown : frame.unitsDown;
  for (let unit = 0; unit < across * down; unit++) {
    if (scan.interval > 0 && unit > 0 && unit % scan.interval === 0) {
      bits.restart();
      state.skipped = 0;
      for (const part of scan.parts) part.predicted = 0;
    }
    const [x, y] = [unit % across, Math.floor(unit / across)];
    if (only) decode(state, only, blockAt(only.component, x, y));
    else
      for (const part of scan.parts)
        for (let v = 0; v < part.component.v; v++)
          for (let h = 0; h < part.component.h; h++)
            decode(state, part, blockAt(part.component, x * part.component.h + h, y * part.component.v + v));
  }
}

function blockAt({ coefficients, heldAcross }: Component, x: number, y: number): Int16Array {
  const at = (y * heldAcross + x) * 64;
  return coefficients.subarray(at, at + 64);
}

interface State {
  bits: Bits;
  scan: Scan;
  /** Blocks in which nothing more follows. */
  skipped: number;
}

type Decode = (state: State, part: ScanPart, block: Int16Array) => void;

function decoderOf({ progressive }: Frame, { from, high }: Scan): Decode {
  if (!progressive) return sequential;
  if (from === 0) return high === 0 ? firstDc : furtherDc;
  return high === 0 ? firstAc : furtherAc;
}

const tableOf = (table: HuffmanTable | undefined): HuffmanTable => {
  if (!table) throw damaged('a table is missing');
  return table;
};

function firstDc({ bits, scan }: State, part: ScanPart, block: Int16Array): void {
  part.predicted += bits.signed(tableOf(part.dc).symbol(bits));
  block[0] = part.predicted << scan.low;
}

function furtherDc({ bits, scan }: State, _part: ScanPart, block: Int16Array): void {
  if (bits.bit() === 1) block[0]! |= 1 << scan.low;
}

const sequential: Decode = ({ bits }, part, block) => {
  part.predicted += bits.signed(tableOf(part.dc).symbol(bits));
  block[0] = part.predicted;
  const ac = tableOf(part.ac);
  for (let k = 1; k < 64; k++) {
    const symbol = ac.symbol(bits);
    const [run, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && run < 15) break;
    k += run;
    if (size > 0) block[zigzag[k]!] = bits.signed(size);
  }
};

const firstAc: Decode = (state, part, block) => {
  const { bits, scan } = state;
  if (state.skipped > 0) {
    state.skipped--;
    return;
  }
  const ac = tableOf(part.ac);
  for (let k = scan.from; k <= scan.to; k++) {
    const symbol = ac.symbol(bits);
    const [run, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && run < 15) {
      state.skipped = (1 << run) - 1 + bits.bits(run);
      break;
    }
    k += run;
    if (size > 0) block[zigzag[k]!] = bits.signed(size) << scan.low;
  }
};

/** Coefficients that are known get one more bit where they stand between new ones. */
const furtherAc: Decode = (state, part, block) => {
  const { bits, scan } = state;
  const one = 1 << scan.low;
  const refine = (at: number) => {
    const value = block[at]!;
    if (bits.bit() === 1 && (Math.abs(value) & one) === 0) block[at] = value + (value < 0 ? -one : one);
  };
  let k = scan.from;
  if (state.skipped === 0) {
    const ac = tableOf(part.ac);
    for (; k <= scan.to; k++) {
      const symbol = ac.symbol(bits);
      let run = symbol >> 4;
      const fresh = (symbol & 15) === 0 ? 0 : bits.bit() === 1 ? one : -one;
      if (fresh === 0 && run < 15) {
        state.skipped = (1 << run) + bits.bits(run);
        break;
      }
      for (; k <= scan.to; k++) {
        const at = zigzag[k]!;
        if (block[at] !== 0) refine(at);
        else if (run-- === 0) {
          if (fresh !== 0) block[at] = fresh;
          break;
        }
      }
    }
  }
  if (state.skipped === 0) return;
  for (; k <= scan.to; k++) if (block[zigzag[k]!] !== 0) refine(zigzag[k]!);
  state.skipped--;
};
