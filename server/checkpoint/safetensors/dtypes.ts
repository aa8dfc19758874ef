/** Number formats of the safetensors format, with their bytes per value. */

/** Bytes per value of every byte-sized dtype that the format knows. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  C64: 8,
} as const;

export type StoredDtype = keyof typeof dtypeBytes;

/** Dtypes that tensors are written in. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export const isDtype = (name: unknown): name is StoredDtype =>
  typeof name === 'string' && Object.hasOwn(dtypeBytes, name);
