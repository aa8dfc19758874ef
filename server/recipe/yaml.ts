/**
 * YAML 1.2 text -> one checked node tree. Whatever the text: no throw, time in proportion to its length, all syntax errors
 * at once. Aliases are resolved here, once, so that nothing downstream expands them.
 */
import {
  Composer,
  type CST,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  Lexer,
  type Node,
  Parser,
  type YAMLError,
} from 'yaml';
import { clip, type Findings } from './findings.ts';

/** A recipe is a page of text; beyond this the YAML parser alone would take longer than an editor may. */
export const maxLength = 256 * 1024;
const maxDepth = 32;
const maxWords = 30_000;

export interface Tree {
  root: Node | null;
  /** Target of an alias node; undefined when its anchor does not exist. */
  resolve(node: unknown): Node | null;
}

const none: Tree = { root: null, resolve: () => null };

/** Syntax errors go to `findings`; the tree holds what could be read all the same. */
export function readYaml(text: string, findings: Findings): Tree {
  if (text.length > maxLength) {
    const size = `${Math.ceil(text.length / 1024)} KiB`;
    findings.error(
      'recipe-too-large',
      `A recipe may have at most ${maxLength / 1024} KiB; this one has ${size}.`,
      [0, 0],
    );
    return none;
  }
  const clean = withoutControlCharacters(text, findings);
  const tokens = parseTokens(clean, findings);
  if (!tokens) return none;
  const second = tokens.flatMap((token, i) => (token.type === 'document' ? [i] : []))[1];
  const composer = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  });
  const [document] = composer.compose(tokens.slice(0, second), true, text.length);
  if (second !== undefined) {
    const { offset } = tokens[second]!;
    findings.error('several-documents', 'A recipe is one YAML document; remove this one.', [offset, offset + 3]);
  }
  if (!document) return none;
  for (const problem of [...document.errors, ...document.warnings]) {
    if (findings.full) break;
    report(problem, findings);
  }
  const root = document.contents as Node | null;
  return { root, resolve: resolver(root, findings) };
}

const hints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'Indent with spaces; YAML does not allow tabs.',
  BAD_INDENT: 'Fields of one section stand in one column.',
  TAG_RESOLVE_FAILED: 'Recipes have no YAML tags; remove it.',
  MULTILINE_IMPLICIT_KEY: 'Is a colon missing after a key?',
};

function report(problem: YAMLError, findings: Findings): void {
  const message = problem.message.replace(/\s+/g, ' ');
  const hint = hints[problem.code];
  const code = problem.code === 'TAG_RESOLVE_FAILED' ? 'unknown-tag' : 'yaml-syntax';
  findings.error(code, `${message.replace(/[.:]?$/, '.')}${hint ? ` ${hint}` : ''}`, problem.pos);
}

/** YAML forbids control characters, but the parser lets them pass. Lone carriage returns are line ends. Offsets stay. */
function withoutControlCharacters(text: string, findings: Findings): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/g, (c, at: number) => {
    if (c === '\r') return '\n';
    const name = `U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    findings.error('control-character', `The control character ${name} is not allowed in YAML; remove it.`, [
      at,
      at + 1,
    ]);
    return ' ';
  });
}

/** Parser tokens of the text; the composer is recursive, so nesting and size are bounded here, on the flat stream of words. */
function parseTokens(text: string, findings: Findings): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  let words = 0;
  let flow = 0;
  let inline = 0;
  for (const word of new Lexer().lex(text)) {
    tokens.push(...parser.next(word));
    // The lexer marks documents and scalars with control characters that are not in the text.
    if (word === '\x02' || word === '\x18' || word === '\x1f') continue;
    if (word === '[' || word === '{') flow++;
    else if (word === ']' || word === '}') flow = Math.max(0, flow - 1);
    else if (word.includes('\n')) inline = 0;
    else if (flow === 0 && (word === '-' || word === '?' || word === ':')) inline++;
    if (flow > maxDepth || inline > maxDepth) {
      findings.error('too-deep', `Nested more than ${maxDepth} deep; a recipe needs a few levels.`, [
        offset,
        offset + 1,
      ]);
      return undefined;
    }
    if (++words > maxWords) {
      findings.error('recipe-too-large', `More than ${maxWords} words; a recipe needs a few hundred.`, [
        offset,
        offset + 1,
      ]);
      return undefined;
    }
    offset += word.length;
  }
  tokens.push(...parser.end());
  return tokens;
}

/** An alias names the last anchor of its name before it, in the order of the text. */
function resolver(root: Node | null, findings: Findings): Tree['resolve'] {
  const anchors = new Map<string, Node>();
  const targets = new Map<unknown, Node>();
  const walk = (node: unknown): void => {
    if (isPair(node)) {
      walk(node.key);
      walk(node.value);
    } else if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
      else {
        const [start, end] = node.range ?? [0, 0];
        const message = `No anchor &${clip(node.source)} before this alias; define it first or write the value out.`;
        findings.error('unknown-anchor', message, [start, end]);
      }
    } else if (isScalar(node) || isCollection(node)) {
      if (node.anchor) anchors.set(node.anchor, node as Node);
      if (isCollection(node)) for (const item of node.items) walk(item);
    }
  };
  walk(root);
  return (node) => (isAlias(node) ? (targets.get(node) ?? null) : ((node ?? null) as Node | null));
}
