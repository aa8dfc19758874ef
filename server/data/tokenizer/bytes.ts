/** The bytes of UTF-8 as printable characters, as GPT-2 and all byte-level tokenizers write them. */
const characters: string[] = [];
/** By character code: the byte, or undefined. */
const bytes: (number | undefined)[] = [];
for (let byte = 0, next = 256; byte < 256; byte++) {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const code = printable ? byte : next++;
  characters.push(String.fromCharCode(code));
  bytes[code] = byte;
}

const utf8 = new TextEncoder();
const printable = /^[!-~]*$/;

export function byteCharacters(text: string): string {
  if (printable.test(text)) return text;
  let done = '';
  for (const byte of utf8.encode(text)) done += characters[byte];
  return done;
}

/** For each character of `byteCharacters(text)`: the index of the code unit in `text` that it comes from. */
export function byteOrigins(text: string): number[] {
  const origins: number[] = [];
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let i = 0; i < length; i++) origins.push(at);
    at += code < 0x10000 ? 1 : 2;
  }
  return origins;
}

/** The bytes that `token` stands for; its own in UTF-8 when a character of it stands for none. */
export function tokenBytes(token: string): Uint8Array {
  const done = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = bytes[token.charCodeAt(i)];
    if (byte === undefined) return utf8.encode(token);
    done[i] = byte;
  }
  return done;
}
