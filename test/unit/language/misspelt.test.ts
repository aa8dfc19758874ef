/** Misspelt names of every kind have a preferred fix that puts them right. */
import { expect } from 'vitest';
import type { TextEdit } from 'vscode-languageserver-protocol';
import { defineTest } from './harness.ts';
import { classification, roberta } from './recipes.ts';

const data = 'data: { train: data/train.csv, columns: { text: sentence, label: label } }\n';
const right = classification
  .replace(
    '[query, value]',
    '[query, value]\n    exclude_modules: [intermediate.dense]\n    modules_to_save: [classifier.dense]',
  )
  .concat(data, '# end\n');
const files = { ...roberta, 'data/train.csv': 'sentence,label\nhello,1\n' };

const cases: [what: string, old: string, wrong: string, code: string][] = [
  ['key of a section', 'num_labels', 'num_lables', 'unknown-key'],
  ['method', 'method: lora', 'method: lroa', 'unknown-method'],
  ['target', '[query', '[qeury', 'target-matches-nothing'],
  ['excluded module', '[intermediate.dense', '[intermedaite.dense', 'exclude-matches-nothing'],
  ['saved module', '[classifier.dense', '[clasifier.dense', 'modules-to-save-matches-nothing'],
  ['value of an enum', 'sequence-classification', 'sequence-clasification', 'unknown-value'],
  ['column', 'text: sentence', 'text: sentense', 'missing-column'],
  ['model', './models/roberta', './models/robreta', 'model-not-found'],
  ['data file', 'data/train.csv', 'data/trian.csv', 'data-missing'],
];

for (const [what, old, wrong, code] of cases)
  defineTest({
    name: what,
    recipe: right.replace(old, wrong),
    files,
    async expect(client) {
      const found = (await client.diagnostics()).find((diagnostic) => diagnostic.code === code)!;
      expect(found, code).toBeDefined();
      // Folders are read in the background: the lamp may come a moment later.
      await expect.poll(async () => (await client.actions(found)).length).toBeGreaterThan(0);
      const preferred = (await client.actions(found)).find(({ isPreferred }) => isPreferred)!;
      const text = client.apply(preferred.edit!.changes![client.uri] as TextEdit[]);
      expect(text.replace('"sentence"', 'sentence')).toBe(right);
    },
  });
