/** The pages of docs/rules: one a code, with an example that has the finding and one that has not. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface RulePage {
  code: string;
  /** As it is usually shown: "error", or "warning, error at launch". */
  severity: string;
  /** The first sentence. */
  summary: string;
  wrong?: RuleExample;
  right?: RuleExample;
}

export interface RuleExample {
  recipe: string;
  /** Beside the recipe, by name: the fenced blocks that name a file. */
  files: Record<string, string>;
}

export const rulesFolder = path.join(import.meta.dirname, '../docs/rules');

export function rulePages(folder = rulesFolder): RulePage[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => readPage(path.join(folder, name)));
}

/**
 * "# code", a line in italics with the severity, prose, then "## Wrong" and "## Right", unless an example would be too long to read. Throws where
 * that is not what it says.
 */
function readPage(file: string): RulePage {
  const text = readFileSync(file, 'utf8');
  const match = /^# ([a-z-]+)\n\n\*([^*\n]+)\*\n\n([\s\S]+?)(?:\n## Wrong\n([\s\S]+?)\n## Right\n([\s\S]+))?$/.exec(
    text,
  );
  const [, code, severity, prose, wrong, right] = match ?? [];
  if (code !== path.basename(file, '.md') || !severity || !prose)
    throw new Error(`${file} is not "# <its code>", "*severity*", prose, "## Wrong", "## Right"`);
  const summary = /^[\s\S]+?[.](?=\s)/.exec(`${prose} `)?.[0] ?? prose;
  return {
    code,
    severity,
    summary: summary.replace(/\s+/g, ' '),
    ...(wrong && { wrong: example(wrong, file) }),
    ...(right && { right: example(right, file) }),
  };
}

/** One block of `peft`, and blocks such as "```jsonl data.jsonl". */
function example(section: string, file: string): RuleExample {
  const files: Record<string, string> = {};
  let recipe: string | undefined;
  for (const [, info, body] of section.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [language, name] = info!.trim().split(/\s+/);
    if (name !== undefined) files[name] = body!;
    else if (language === 'peft') recipe = body!;
  }
  if (recipe === undefined) throw new Error(`${file} has an example without a block of \`peft\``);
  return { recipe, files };
}

/** docs/rules/README.md. */
export function rulesIndex(pages: readonly RulePage[]): string {
  const rows = pages.map(({ code, severity, summary }) => `| [\`${code}\`](${code}.md) | ${severity} | ${summary} |`);
  return `# Rules

What can be said of a recipe, by code. The setting \`rankwise.severity\` shows a rule as \`error\`, \`warning\`, \`information\` or \`hint\`, or not at all (\`off\`);
what would fail a launch stays an error there. \`rankwise explain CODE\` prints a page.

| code | usually | what |
| --- | --- | --- |
${rows.join('\n')}
`;
}

const textKey = (code: string): string => `configuration.severity.${code}`;

/** The properties of the setting `rankwise.severity`, and their texts. */
export const severityProperties = (pages: readonly RulePage[]): Record<string, object> =>
  Object.fromEntries(
    pages.map(({ code }) => [
      code,
      { enum: ['error', 'warning', 'information', 'hint', 'off'], markdownDescription: `%${textKey(code)}%` },
    ]),
  );
export const severityTexts = (pages: readonly RulePage[]): Record<string, string> =>
  Object.fromEntries(pages.map(({ code, severity, summary }) => [textKey(code), `${summary} Usually: ${severity}.`]));
export const isSeverityText = (key: string): boolean => key.startsWith(textKey(''));
