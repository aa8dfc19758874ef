/**
 * A page's bytes, decompressed and looked over before they are decoded: runs of levels and dictionary numbers say how often a value is
 * repeated, and in a damaged page that may be two thousand million times.
 */
import type { Compressors, PageHeader } from 'hyparquet';

export interface Levels {
  maxRepetition: number;
  maxDefinition: number;
}

/** The same page without compression, with its header. Throws Errors. */
export function unpackPage(
  bytes: Uint8Array,
  header: PageHeader,
  codec: string,
  codecs: Compressors,
): { bytes: Uint8Array; header: PageHeader } {
  const v2 = header.data_page_header_v2;
  const levels = v2 ? v2.repetition_levels_byte_length + v2.definition_levels_byte_length : 0;
  if (!(levels >= 0 && levels <= bytes.length)) throw new RangeError('levels beyond the page');
  const size = header.uncompressed_page_size - levels;
  const packed = codec !== 'UNCOMPRESSED' && v2?.is_compressed !== false && size > 0;
  const values = packed ? codecs[codec as keyof Compressors]!(bytes.subarray(levels), size) : bytes.subarray(levels);
  if (packed && values.length !== size) throw new RangeError(`${values.length} bytes instead of ${size}`);
  const page = levels === 0 ? values : Buffer.concat([bytes.subarray(0, levels), values]);
  return {
    bytes: page,
    header: {
      ...header,
      compressed_page_size: page.length,
      uncompressed_page_size: page.length,
      ...(v2 && { data_page_header_v2: { ...v2, is_compressed: false } }),
    },
  };
}

/** Throws RangeErrors for runs of an unpacked page that hold more values than the page. */
export function checkRuns(page: Uint8Array, header: PageHeader, { maxRepetition, maxDefinition }: Levels): void {
  const v1 = header.data_page_header;
  const v2 = header.data_page_header_v2;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let at = 0;
  const levels = (max: number, length: number | undefined, count: number): void => {
    if (max === 0) return;
    const size = length ?? view.getUint32(at, true);
    at += length === undefined ? 4 : 0;
    if (at + size > page.length) throw new RangeError('levels beyond the page');
    walkRuns(page.subarray(at, at + size), widthOf(max), count);
    at += size;
  };
  if (v1) {
    levels(maxRepetition, undefined, v1.num_values);
    levels(maxDefinition, undefined, v1.num_values);
  } else if (v2) {
    levels(maxRepetition, v2.repetition_levels_byte_length, v2.num_values);
    levels(maxDefinition, v2.definition_levels_byte_length, v2.num_values);
  }
  const data = v1 ?? v2;
  if (!data || data.num_values === 0 || at >= page.length) return;
  if (data.encoding.endsWith('_DICTIONARY')) {
    const width = page[at]!;
    if (width > 32) throw new RangeError(`dictionary numbers of ${width} bits`);
    if (width > 0) walkRuns(page.subarray(at + 1), width, data.num_values);
  } else if (data.encoding === 'RLE') walkRuns(page.subarray(at + (v1 ? 4 : 0)), 1, data.num_values);
}

const widthOf = (max: number): number => 32 - Math.clz32(max);

/** Runs of a value repeated, and of groups of eight values of `width` bits each. */
function walkRuns(bytes: Uint8Array, width: number, count: number): void {
  for (let at = 0, seen = 0; seen < count && at < bytes.length; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new RangeError('a run without an end');
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const grouped = header % 2 === 1;
    const values = Math.floor(header / 2) * (grouped ? 8 : 1);
    // The last group is filled up.
    if (values > count - seen + (grouped ? 7 : 0))
      throw new RangeError(`a run of ${values} values in a page of ${count}`);
    at += grouped ? (values / 8) * width : Math.ceil(width / 8);
    seen += values;
  }
}
