import { crc32, deflateSync } from 'node:zlib';

/** A PNG of red, green and blue, 8 bits each, row by row from the top. */
export function png(width: number, height: number, rgb: Uint8Array): Buffer {
  const lines = Buffer.alloc((1 + 3 * width) * height);
  for (let y = 0; y < height; y++) lines.set(rgb.subarray(y * 3 * width, (y + 1) * 3 * width), y * (1 + 3 * width) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND')]);
}

function chunk(kind: string, body = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(kind), body]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(body.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}
