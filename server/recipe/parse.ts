/** Recipe text -> RecipeDocument: data with defaults, every structural fault, and where each field stands. */
import { isMap } from 'yaml';
import type { Position, Range } from '../protocol/diagnostics.ts';
import { rootFields } from './fields.ts';
import { Findings, type Span } from './findings.ts';
import { Lines } from './lines.ts';
import { type Located, Reader } from './read.ts';
import type { FieldHit, FieldPath, MethodTable, Recipe, RecipeDocument } from './types.ts';
import { readYaml } from './yaml.ts';

/** Learning rate when no entry names a known method. */
const learningRate = 1e-3;

/**
 * Reads a recipe. Never throws; time and the number of diagnostics stay bounded whatever the text. `name` is the recipe's
 * file name without its extension, used where the recipe has none.
 */
export function parseRecipe(text: string, methods: MethodTable, name = 'recipe'): RecipeDocument {
  const lines = new Lines(text);
  const findings = new Findings(lines);
  const tree = readYaml(text, findings);
  const broken = findings.any;
  const reader = new Reader(text, tree, lines, findings, methods);
  const root = tree.resolve(tree.root);
  const map = isMap(root) ? root : undefined;
  if (!map && !findings.any) {
    const written = root !== null && text.trim() !== '';
    const message = `${written ? 'A recipe is a mapping' : 'This recipe is empty'}; it begins with \`version: 1\`, \`model\` and \`adapters\`.`;
    findings.error(written ? 'wrong-type' : 'empty-recipe', message, written ? [0, text.length] : [0, 0], {
      field: '',
    });
  }
  const values = reader.section(map, rootFields, []);
  // Where the syntax is broken, what seems to be missing may only have been misread.
  if (map && !broken) {
    const sections = new Set(rootFields.flatMap((f) => (f.type === 'section' ? [f.name] : [])));
    // Sections are filled with defaults, so only the text can say whether they are there.
    const there = (key: string): boolean => map.has(key) || (!sections.has(key) && Object.hasOwn(values, key));
    reader.requireFields(rootFields, there, [], [0, firstWord(text)]);
  }
  const partial = complete(values, methods, name);
  return {
    text,
    diagnostics: findings.sorted(),
    ...(!findings.any && { recipe: partial }),
    partial,
    ...locator(lines, reader.located, text),
  };
}

/** The section reader has checked every value against the field tables; this adds what depends on several fields. */
function complete(values: Record<string, unknown>, methods: MethodTable, name: string): Recipe {
  const recipe = { version: 1, name, adapters: [], ...values } as unknown as Recipe;
  recipe.model.path ??= '';
  const first = recipe.adapters.find((entry) => Object.hasOwn(methods, entry.method));
  const method = first && methods[first.method];
  recipe.training.optimizer.learning_rate ??=
    method?.learningRateOf?.(first!.options) ?? method?.learningRate ?? learningRate;
  return recipe;
}

const firstWord = (text: string): number => /^\s*\S*/.exec(text)?.[0].length ?? 0;

type Locator = Pick<
  RecipeDocument,
  'has' | 'rangeOf' | 'keyRangeOf' | 'anchorOf' | 'valueAt' | 'fields' | 'positionOf' | 'offsetOf'
>;

function locator(lines: Lines, located: ReadonlyMap<string, Located>, text: string): Locator {
  const find = (path: string | FieldPath): Located | undefined =>
    located.get(typeof path === 'string' ? path : path.join('.'));
  const range = (span: Span | undefined): Range | undefined => span && lines.range(...span);
  const offsetOf = (position: Position): number => lines.offset(position);
  return {
    has: (path) => find(path) !== undefined,
    rangeOf: (path) => range(find(path)?.value),
    keyRangeOf: (path) => range(find(path)?.key),
    anchorOf(path) {
      const keys = typeof path === 'string' ? path.split('.') : [...path];
      const exact = find(keys);
      if (exact) return lines.range(...exact.value);
      // The map keeps dotted keys whole, so a path is shortened as text.
      for (let rest = keys.slice(0, -1); rest.length > 0; rest = rest.slice(0, -1)) {
        const around = find(rest);
        if (around) return lines.range(...(find([...rest, 'method'])?.value ?? around.key ?? around.value));
      }
      return lines.range(0, firstWord(text));
    },
    valueAt(at): FieldHit | undefined {
      const offset = typeof at === 'number' ? at : offsetOf(at);
      let best: { hit: Located; on: 'key' | 'value'; span: Span } | undefined;
      for (const hit of located.values())
        for (const on of ['key', 'value'] as const) {
          const span = hit[on];
          if (!span || offset < span[0] || offset > span[1]) continue;
          if (!best || span[1] - span[0] <= best.span[1] - best.span[0]) best = { hit, on, span };
        }
      if (!best) return undefined;
      const { hit, on, span } = best;
      return { path: hit.path.join('.'), keys: hit.path, on, field: hit.field, range: lines.range(...span) };
    },
    *fields() {
      for (const { path: keys, key, value, field } of located.values())
        yield { keys, key: range(key), value: lines.range(...value), field };
    },
    positionOf: (offset) => lines.position(offset),
    offsetOf,
  };
}
