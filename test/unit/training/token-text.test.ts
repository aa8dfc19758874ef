import { expect, test } from 'vitest';
import { TokenText } from '../../../server/training/token-text.ts';

/** A tokenizer whose tokens are bytes. */
const bytes = { decode: (ids: readonly number[]) => Buffer.from(ids).toString('utf8') };

function parts(
  text: string,
  stops: string[] = [],
  limit = Number.POSITIVE_INFINITY,
): { parts: string[]; stopped: boolean } {
  const out = new TokenText(bytes, [...Buffer.from('prompt')], stops);
  const given: string[] = [];
  for (const byte of [...Buffer.from(text)].slice(0, limit)) {
    given.push(out.add(byte));
    if (out.stopped) break;
  }
  given.push(out.end());
  return { parts: given.filter((part) => part !== ''), stopped: out.stopped };
}

test('a character comes when its last token has come', () => {
  expect(parts('aé€😀')).toEqual({ parts: ['a', 'é', '€', '😀'], stopped: false });
  expect(parts('a€', [], 3).parts).toEqual(['a', '\uFFFD']);
});

test('the text ends before a stop string, of which nothing is given out', () => {
  expect(parts('one\nUser: two', ['\nUser:'])).toEqual({ parts: ['o', 'n', 'e'], stopped: true });
  expect(parts('aab', ['ab'])).toEqual({ parts: ['a'], stopped: true });
  expect(parts('xyz', ['z', 'yz'])).toEqual({ parts: ['x'], stopped: true });
});

test('what only began like a stop string comes later, at the latest at the end', () => {
  expect(parts('a\nUsual', ['\nUser:'])).toEqual({ parts: ['a', '\nUsu', 'a', 'l'], stopped: false });
  expect(parts('a\nUs', ['\nUser:'])).toEqual({ parts: ['a', '\nUs'], stopped: false });
});
