/** Every code has a page, and the pages' own examples have the finding, or have it not. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type RuleExample, rulePages, rulesIndex, severityProperties } from '../../../scripts/rule-pages.ts';
import { ruleCodes, rules } from '../../../server/budget/rules/registry.ts';
import { loadRecipe } from '../../../server/cli/recipe.ts';
import { recipeCodes } from '../../../server/recipe/codes.ts';

const pages = rulePages();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The findings of an example in a folder that has the small models of the tests under models/. */
async function findings({ recipe, files }: RuleExample) {
  const folder = mkdtempSync(path.join(tmpdir(), 'rule-'));
  folders.push(folder);
  symlinkSync(path.join(import.meta.dirname, '../../fixtures/tiny'), path.join(folder, 'models'));
  for (const [name, text] of Object.entries({ ...files, 'recipe.peft': recipe })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return (await loadRecipe(path.join(folder, 'recipe.peft'))).analysis.diagnostics;
}

test('every code has a page, and no page is about nothing', () => {
  const codes = pages.map(({ code }) => code);
  expect([...recipeCodes, ...ruleCodes].filter((code) => !codes.includes(code))).toEqual([]);
});

test('the index and the setting’s properties are those of the pages; `node scripts/generate-rules.mjs` renews them', () => {
  expect(readFileSync('docs/rules/README.md', 'utf8')).toBe(rulesIndex(pages));
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const setting = manifest.contributes.configuration.properties['rankwise.severity'];
  expect(setting.properties).toEqual(severityProperties(pages));
});

test.each(pages)('$code: the severity is the rule’s', ({ code, severity }) => {
  const rule = rules.find(({ codes }) => codes.includes(code));
  if (rule) expect(severity).toBe(rule.atLaunch ? `${rule.severity}, ${rule.atLaunch} at launch` : rule.severity);
  else expect(['error', 'warning', 'information', 'hint']).toContain(severity);
});

test.each(pages)('$code: the wrong example has it', async ({ code, severity, wrong }) => {
  const found = (await findings(wrong)).find((diagnostic) => diagnostic.code === code);
  expect(found?.severity).toBe(severity.split(',')[0]);
});

test.each(pages)('$code: the right example has nothing of it, and no error', async ({ code, right }) => {
  const found = await findings(right);
  expect(found.filter((diagnostic) => diagnostic.code === code || diagnostic.severity === 'error')).toEqual([]);
});
