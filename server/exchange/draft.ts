/** A recipe that is made from another tool's file: what was taken over as text, and what was not as a comment. */
import { stringify } from 'yaml';

export interface Draft {
  /** "axolotl.yml, a configuration of axolotl" */
  source: string;
  model: Record<string, unknown>;
  entry: Record<string, unknown>;
  data: Record<string, unknown>;
  training: Record<string, unknown>;
  output?: string;
  /** What was not taken over, and why. */
  notes: string[];
}

/** More of these would be read by nobody. */
const maxNotes = 60;
const noteLength = 200;

export function draftText({ source, model, entry, data, training, output, notes }: Draft): string {
  const comments = notes.slice(0, maxNotes).map((note) => `#   ${oneLine(note)}`);
  if (notes.length > maxNotes) comments.push(`#   and ${notes.length - maxNotes} more`);
  return [
    `# Imported from ${oneLine(source)}.`,
    ...(comments.length > 0 ? ['# Not taken over:', ...comments] : []),
    'version: 1',
    ...section('model', model),
    'adapters:',
    `  - ${fields(entry).join('\n    ')}`,
    ...section('data', data),
    ...section('training', training),
    ...(output === undefined ? [] : fields({ output })),
    '',
  ].join('\n');
}

function section(name: string, values: Record<string, unknown>): string[] {
  const lines = fields(values);
  return lines.length > 0 ? [`${name}:`, ...lines.map((line) => `  ${line}`)] : [];
}

/** `name: value`, values in flow style. */
const fields = (values: Record<string, unknown>): string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${stringify(value, flow).trimEnd()}`,
  );

const flow = {
  collectionStyle: 'flow',
  flowCollectionPadding: false,
  lineWidth: 0,
  // A text of several lines would need a block.
  defaultStringType: 'PLAIN',
  blockQuote: false,
} as const;

/** A comment stays one, whatever the file held. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, noteLength);
