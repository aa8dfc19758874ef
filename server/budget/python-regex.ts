/**
 * Regular expressions in Python's syntax (`re`), as PEFT takes them: rewritten for RE2, which runs in linear time, and for
 * JavaScript, which is needed for what RE2 cannot do (look-around, back-references).
 */
export interface Translation {
  /** Undefined when RE2 cannot express the pattern. */
  re2: string | undefined;
  js: string;
  /** Flags from a leading (?i), (?s) or (?m). */
  flags: string;
}

/** Throws a SyntaxError in words for people. Whether the result is well formed is for its engine to say. */
export function translate(pattern: string): Translation {
  const leading = /^\(\?([aimsuLx]+)\)/.exec(pattern);
  const flags = leading?.[1] ?? '';
  if (/[xL]/.test(flags)) throw new SyntaxError('the flags x and L are not supported');
  const body = pattern.slice(leading?.[0].length ?? 0);
  const out = new Output();
  for (let i = 0; i < body.length; ) i += token(body, i, out);
  const kept = [...new Set(flags)].filter((f) => 'ims'.includes(f)).join('');
  return {
    re2: out.backtracks ? undefined : `${kept ? `(?${kept})` : ''}${out.re2}`,
    js: out.js,
    flags: kept,
  };
}

class Output {
  re2 = '';
  js = '';
  backtracks = false;

  both(text: string): void {
    this.re2 += text;
    this.js += text;
  }
  /** Something that RE2 cannot do. */
  only(js: string): void {
    this.backtracks = true;
    this.js += js;
  }
}

/** Copies one token and returns its length. */
function token(body: string, i: number, out: Output): number {
  const rest = body.slice(i, i + 80);
  switch (body[i]) {
    case '\\':
      return escaped(rest, out);
    case '[':
      return characterClass(body, i, out);
    case '(':
      return group(rest, out);
    case '{': {
      // Python reads {,3} as {0,3}; both engines would take it literally.
      const repeat = /^\{,(\d+)\}/.exec(rest);
      out.both(repeat ? `{0,${repeat[1]}}` : '{');
      return repeat?.[0].length ?? 1;
    }
    case '*':
    case '+':
    case '?':
    case '}':
      if (rest[1] === '+') throw new SyntaxError('possessive quantifiers are not supported');
      break;
  }
  out.both(body[i]!);
  return 1;
}

function escaped(rest: string, out: Output): number {
  const next = rest[1];
  if (next === undefined) throw new SyntaxError('it ends in a backslash');
  if (next === 'A') out.both('^');
  else if (next === 'Z') {
    out.re2 += '\\z';
    out.js += '$';
  } else if (/[1-9]/.test(next)) {
    const number = /^\\\d{1,2}/.exec(rest)![0];
    out.only(`(?:${number})`);
    return number.length;
  } else if (/[A-Za-z]/.test(next) && !'bBdDsSwWnrtfvxu0'.includes(next)) throw new SyntaxError(`bad escape \\${next}`);
  else if (next === 'v') out.both('\\x0b');
  else if (/[\w]/.test(next)) out.both(`\\${next}`);
  else out.both(/[\^$\\.*+?()[\]{}|/-]/.test(next) ? `\\${next}` : next);
  return 2;
}

/** In Python `[` is literal inside a class, and so is `]` in first place. */
function characterClass(body: string, i: number, out: Output): number {
  let at = i + 1;
  let text = '[';
  if (body[at] === '^') {
    text += '^';
    at++;
  }
  for (let first = true; ; first = false, at++) {
    const c = body[at];
    if (c === undefined) throw new SyntaxError('a character class is not closed');
    if (c === ']' && !first) break;
    if (c === '\\') {
      text += `\\${body[++at] ?? ''}`;
    } else text += c === '[' || c === ']' ? `\\${c}` : c;
  }
  out.both(`${text}]`);
  return at + 1 - i;
}

function group(rest: string, out: Output): number {
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return comment[0].length;
  const reference = /^\(\?P=(\w+)\)/.exec(rest);
  if (reference) {
    out.only(`\\k<${reference[1]}>`);
    return reference[0].length;
  }
  const named = /^\(\?P<(\w+)>/.exec(rest);
  if (named) {
    out.re2 += named[0];
    out.js += `(?<${named[1]}>`;
    return named[0].length;
  }
  const around = /^\(\?<?[=!]/.exec(rest);
  if (around) {
    out.only(around[0]);
    return around[0].length;
  }
  if (!rest.startsWith('(?')) out.both('(');
  else if (rest.startsWith('(?:')) {
    out.both('(?:');
    return 3;
  } else throw new SyntaxError(`the group ${rest.slice(0, 4)} is not supported`);
  return 1;
}
