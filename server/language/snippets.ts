/** Whole recipes and adapter entries, written from the settings that each method's paper trains with. */
import type { Method, PaperRecipe } from '../methods/types.ts';

/** Marks what people are to fill in: `${1:text}` of a snippet, or the text itself. */
type Hole = (text: string) => string;

export const plainText: Hole = (text) => text;

/** Holes as the Language Server Protocol counts them, from 1. */
export function snippetHoles(): Hole {
  let count = 0;
  return (text) => `\${${++count}:${text.replace(/[\\$}]/g, '\\$&')}}`;
}

/** A complete recipe; `model` is proposed as its path. */
export function recipeText({ id }: Method, paper: PaperRecipe, model: string, hole: Hole): string {
  // Holes are counted as they are made: in the order of the text.
  const classes = paper.task === 'sequence-classification';
  const columns = () =>
    classes
      ? `{ text: ${hole('text')}, label: ${hole('label')} }`
      : `{ prompt: ${hole('prompt')}, completion: ${hole('completion')} }`;
  return [
    'version: 1',
    'model:',
    `  path: ${hole(model)}`,
    `  task: ${paper.task}`,
    ...(classes ? [`  num_labels: ${hole('2')}`] : []),
    `# ${id}: ${paper.from}`,
    'adapters:',
    `  - ${entryLines(id, paper, hole).join('\n    ')}`,
    'data:',
    `  train: ${hole('data/train.jsonl')}`,
    `  validation: ${hole('0.05')}`,
    `  columns: ${columns()}`,
    ...(paper.max_length === undefined ? [] : [`  max_length: ${paper.max_length}`]),
    'training:',
    ...Object.entries(paper.training).map(([name, value]) => `  ${name}: ${valueText(value)}`),
    '',
  ].join('\n');
}

/** The lines of an entry, without the dash and the indent. */
export function entryLines(id: string, { entry }: PaperRecipe, hole: Hole): string[] {
  const held = new Set(['rank', 'target_modules']);
  return [
    `method: ${id}`,
    ...Object.entries(entry).map(([name, value]) => {
      const text = valueText(value);
      return `${name}: ${held.has(name) ? hole(text) : text}`;
    }),
  ];
}

/** In flow style; small numbers as 2.0e-4, which every YAML reader takes for a number. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
      .join(', ')} }`;
  if (typeof value !== 'number' || value === 0 || value >= 0.01) return String(value);
  return value.toExponential().replace(/^(\d)e/, '$1.0e');
}
