/** Every code has a page, and the pages' own examples have the finding, or have it not. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  type RuleExample,
  rulePages,
  rulesIndex,
  severityProperties,
  severityTexts,
} from '../../../scripts/rule-pages.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import { fileCodes } from '../../../server/budget/rules/file-codes.ts';
import { ruleCodes, rules } from '../../../server/budget/rules/registry.ts';
import type { World } from '../../../server/budget/types.ts';
import { loadRecipe } from '../../../server/cli/recipe.ts';
import { recipeCodes } from '../../../server/recipe/codes.ts';

const pages = rulePages();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The findings of an example in a folder that has the small models of the tests under models/, and their images under photos/. */
async function findings({ recipe, files }: RuleExample, severities: World['severities'] = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'rule-'));
  folders.push(folder);
  symlinkSync(path.join(import.meta.dirname, '../../fixtures/tiny'), path.join(folder, 'models'));
  symlinkSync(path.join(import.meta.dirname, '../../fixtures/images'), path.join(folder, 'photos'));
  for (const [name, text] of Object.entries({ ...files, 'recipe.peft': recipe })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const { document, world } = await loadRecipe(path.join(folder, 'recipe.peft'));
  return analyse(document, { ...world, severities }).diagnostics;
}

test('every code has a page, and no page is about nothing', () => {
  const codes = pages.map(({ code }) => code);
  const reported: string[] = [...recipeCodes, ...ruleCodes, ...fileCodes];
  expect(reported.sort()).toEqual(codes.sort());
});

test('the index and the setting’s properties are those of the pages; `node scripts/generate-rules.mjs` renews them', () => {
  expect(readFileSync('docs/rules/README.md', 'utf8')).toBe(rulesIndex(pages));
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const setting = manifest.contributes.configuration.properties['rankwise.severity'];
  expect(setting.properties).toEqual(severityProperties(pages));
  expect(JSON.parse(readFileSync('package.nls.json', 'utf8'))).toMatchObject(severityTexts(pages));
});

test.each(pages)('$code: the severity is the rule’s', ({ code, severity }) => {
  const rule = rules.find(({ codes }) => codes.includes(code));
  if (rule) expect(severity).toBe(rule.atLaunch ? `${rule.severity}, ${rule.atLaunch} at launch` : rule.severity);
  else expect(['error', 'warning', 'information', 'hint', 'off']).toContain(severity.split(',')[0]);
});

const head = 'version: 1\nmodel: { path: models/llama }\n';
const lora = 'adapters:\n  - { method: lora, target_modules: [q_proj] }\n';

/** Examples that are too long for a page, or no text that people read. */
const built: Record<string, string> = {
  'recipe-too-large': `${head}${lora}output: [${'a, '.repeat(60_000)}]\n`,
  'too-deep': `${head}${lora}output: ${'['.repeat(500)}${']'.repeat(500)}\n`,
  'control-character': `${head}${lora}output: "a\u0007b"\n`,
  'too-many-items': `${head}adapters:\n${'  - { method: lora, target_modules: [q_proj] }\n'.repeat(300)}`,
  'target-too-slow': `${head}adapters:\n  - { method: lora, target_modules: "(?=(.*.*.*.*.*.*.*)*x)(\\\\w*\\\\w*\\\\w*\\\\w*)*!" }\n`,
  'memory-above-device': `${head}${lora}training: { batch_size: 1000000 }\n`,
};
const cases = pages.map((page) => {
  const text = built[page.code];
  const wrong = page.wrong ?? (text === undefined ? undefined : { recipe: text, files: {} });
  return { ...page, wrong, right: page.right ?? { recipe: `${head}${lora}`, files: {} } };
});

/** Elsewhere: models and adapters that are no fixture here, files that are no text. */
const testedElsewhere = [
  ...['block-size-odd', 'targets-needed', 'task-mismatch', 'transposed-weights'],
  ...['unknown-architecture', 'tensor-missing', 'config-disagrees', 'new-parameters', 'more-problems'],
  ...[
    'unsupported-dtype',
    'shape-mismatch',
    'quantized-checkpoint',
    'file-not-readable',
    'bad-encoding',
    'nul-byte',
    'line-too-long',
    'data-unreadable',
  ],
  ...['unsupported-codec', 'bad-preprocessor', 'preprocessor-missing'],
  ...['too-many-files', 'differs-from-saved', 'unknown-adapter-field'],
];

test.each(cases)('$code: the wrong example has it', async ({ code, severity, wrong }) => {
  if (!wrong) return expect(testedElsewhere).toContain(code);
  const off = severity === 'off';
  if (off) expect((await findings(wrong)).map((diagnostic) => diagnostic.code)).not.toContain(code);
  const found = (await findings(wrong, off ? { [code]: 'hint' } : {})).find((diagnostic) => diagnostic.code === code);
  expect(found?.severity).toBe(off ? 'hint' : severity.split(',')[0]);
});

test.each(cases)('$code: the right example has nothing of it, and no error', async ({ code, right }) => {
  const found = await findings(right, { [code]: 'hint' });
  expect(found.filter((diagnostic) => diagnostic.code === code || diagnostic.severity === 'error')).toEqual([]);
});
