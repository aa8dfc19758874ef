/** Python's `strip`, `lstrip` and `rstrip` with the characters to take away, which the package @huggingface/jinja ignores. */
const sides: Readonly<Record<string, [boolean, boolean]>> = {
  strip: [true, true],
  lstrip: [true, false],
  rstrip: [false, true],
};

type Node = { type?: string; [field: string]: unknown };

/** Turns `text.lstrip(characters)` in the tree of a template into a call of `lstrip_of(text, characters)`, in place. */
export function replaceStrips(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of node instanceof Map ? node.values() : Object.values(node)) replaceStrips(child);
  const { type, callee, args } = node as { type?: string; callee?: Node; args?: unknown[] };
  if (type !== 'CallExpression' || callee?.type !== 'MemberExpression' || args?.length !== 1) return;
  const name = (callee.property as Node).value as string;
  if (callee.computed || !Object.hasOwn(sides, name)) return;
  args.unshift(callee.object);
  Object.assign(node, { callee: { ...(callee.property as Node), type: 'Identifier', value: `${name}_of` } });
}

/** The functions that take their place: by name, for a template's globals. */
export const strips = Object.fromEntries(
  Object.entries(sides).map(([name, [left, right]]) => [
    `${name}_of`,
    (text: string, characters: string) => {
      let [from, to] = [0, text.length];
      while (left && from < to && characters.includes(text[from]!)) from++;
      while (right && to > from && characters.includes(text[to - 1]!)) to--;
      return text.slice(from, to);
    },
  ]),
);
