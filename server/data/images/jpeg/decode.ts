/** Baseline and progressive JPEG with Huffman codes (ITU-T T.81) to the bytes that libjpeg gives. */
import { cutOff, ImageFault } from '../../../datafiles/images/header.ts';
import type { Pixels } from '../pixels.ts';
import { Bits, HuffmanTable } from './bits.ts';
import { toRgb } from './colour.ts';
import { planes } from './samples.ts';
import { readScan, type Scan, type ScanPart, zigzag } from './scan.ts';
import { type Component, damaged, type Frame } from './types.ts';

interface Reader {
  bytes: Uint8Array;
  quantization: Map<number, Uint16Array>;
  dc: Map<number, HuffmanTable>;
  ac: Map<number, HuffmanTable>;
  interval: number;
  jfif: boolean;
  /** `transform` of Adobe's marker. */
  adobe: number | undefined;
  frame: Frame | undefined;
}

export function decodeJpeg(bytes: Uint8Array): Pixels {
  const reader: Reader = {
    ...{ bytes, quantization: new Map(), dc: new Map(), ac: new Map(), interval: 0 },
    ...{ jfif: false, adobe: undefined, frame: undefined },
  };
  readMarkers(reader);
  const { frame, jfif, adobe } = reader;
  if (!frame) throw damaged('it has no frame');
  const { width, height } = frame;
  return { width, height, channels: 3, data: toRgb(planes(frame), frame, { jfif, adobe }) };
}

function readMarkers(reader: Reader): void {
  const { bytes } = reader;
  for (let at = 2; ; ) {
    // Whatever stands between segments is passed over.
    while (at < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0)) at++;
    const marker = bytes[at + 1];
    if (marker === undefined) throw cutOff();
    if (marker === 0xd9) return;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const end = at + 2 + length;
    if (!(end <= bytes.length) || length < 2) throw cutOff();
    const body = bytes.subarray(at + 4, end);
    at = marker === 0xda ? readScanFrom(reader, body, end) : end;
    if (marker !== 0xda) readSegment(reader, marker, body);
  }
}

function readSegment(reader: Reader, marker: number, body: Uint8Array): void {
  if (marker === 0xdb) readQuantization(reader, body);
  else if (marker === 0xc4) readHuffman(reader, body);
  else if (marker === 0xdd) reader.interval = (body[0]! << 8) | body[1]!;
  else if (marker === 0xe0 && textAt(body, 'JFIF')) reader.jfif = true;
  else if (marker === 0xee && textAt(body, 'Adobe')) reader.adobe = body[11];
  else if (marker >= 0xc0 && marker <= 0xc2) reader.frame = readFrame(reader, body, marker === 0xc2);
  else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xcc && marker !== 0xc8)
    throw new ImageFault('is a JPEG of a rare kind (lossless or arithmetic coding), which is not read', again);
}

const again = 'Save it as an ordinary JPEG or as PNG.';

const textAt = (body: Uint8Array, text: string) => [...text].every((c, i) => body[i] === c.charCodeAt(0));

function readQuantization({ quantization }: Reader, body: Uint8Array): void {
  for (let at = 0; at < body.length; ) {
    const wide = body[at]! >> 4;
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++)
      table[zigzag[i]!] = wide === 0 ? body[at + 1 + i]! : (body[at + 1 + 2 * i]! << 8) | body[at + 2 + 2 * i]!;
    quantization.set(body[at]! & 15, table);
    at += 1 + (wide === 0 ? 64 : 128);
  }
}

function readHuffman({ dc, ac }: Reader, body: Uint8Array): void {
  for (let at = 0; at < body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const symbols = body.subarray(at + 17, at + 17 + total);
    if (counts.length < 16 || symbols.length < total) throw damaged('a Huffman table is cut off');
    (body[at]! >> 4 === 0 ? dc : ac).set(body[at]! & 15, new HuffmanTable(counts, symbols));
    at += 17 + total;
  }
}

function readFrame(reader: Reader, body: Uint8Array, progressive: boolean): Frame {
  if (reader.frame) throw damaged('it has two frames');
  if (body[0] !== 8) throw new ImageFault(`is a JPEG of ${body[0]} bits a sample, which is not read`, again);
  const [height, width, count] = [(body[1]! << 8) | body[2]!, (body[3]! << 8) | body[4]!, body[5]!];
  if (![1, 3, 4].includes(count)) throw damaged(`it has ${count} components`);
  const given = Array.from({ length: count }, (_, i) => {
    const [id, sampling, table] = [body[6 + 3 * i]!, body[7 + 3 * i]!, body[8 + 3 * i]!];
    const [h, v] = [sampling >> 4, sampling & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw damaged('its sampling is out of range');
    return { id, table, h, v };
  });
  const [mostH, mostV] = [Math.max(...given.map(({ h }) => h)), Math.max(...given.map(({ v }) => v))];
  const unitsAcross = Math.ceil(width / (8 * mostH));
  const unitsDown = Math.ceil(height / (8 * mostV));
  const components = given.map(({ id, table, h, v }): Component => {
    const own = { width: Math.ceil((width * h) / mostH), height: Math.ceil((height * v) / mostV) };
    const heldAcross = unitsAcross * h;
    return {
      ...{ id, h, v, table, heldAcross, ...own },
      blocksAcross: Math.ceil(own.width / 8),
      blocksDown: Math.ceil(own.height / 8),
      quantization: new Uint16Array(64),
      coefficients: new Int16Array(heldAcross * unitsDown * v * 64),
    };
  });
  return { width, height, progressive, components, mostH, mostV, unitsAcross, unitsDown };
}

/** Returns where the next marker is. */
function readScanFrom(reader: Reader, body: Uint8Array, at: number): number {
  const { frame, dc, ac, quantization, interval } = reader;
  if (!frame) throw damaged('its pixels come before its size');
  const count = body[0]!;
  const parts = Array.from({ length: count }, (_, i): ScanPart => {
    const component = frame.components.find(({ id }) => id === body[1 + 2 * i]);
    if (!component) throw damaged('a scan is of no component');
    const tables = body[2 + 2 * i]!;
    return { component, dc: dc.get(tables >> 4), ac: ac.get(tables & 15), predicted: 0 };
  });
  const [from, to, bits] = [body[1 + 2 * count]!, body[2 + 2 * count]!, body[3 + 2 * count]!];
  const scan: Scan = { parts, from, to: Math.min(63, to), high: bits >> 4, low: bits & 15, interval };
  for (const { component } of parts) {
    const table = quantization.get(component.table);
    if (!table) throw damaged('a quantization table is missing');
    component.quantization = table;
  }
  const reading = new Bits(reader.bytes, at);
  readScan(reading, frame, scan);
  return reading.at;
}
