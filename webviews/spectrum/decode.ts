/** Base64 of little-endian float32, as items carry values; every platform that the editor runs on is little-endian. */
export function decodeFloats(encoded: string): Float32Array<ArrayBuffer> {
  const text = atob(encoded);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Float32Array(bytes.buffer, 0, bytes.length >> 2);
}
