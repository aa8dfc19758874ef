import { expect, test } from 'vitest';
import { previewDocument } from '../../../client/preview-text.ts';

test('a preview is the text of its lines, with the place of each style', () => {
  const { text, styles } = previewDocument([
    [['heading', 'Training data']],
    [],
    [
      ['plain', '  '],
      ['special', '<s>'],
      ['dim', '|'],
      ['loss', '🙂x'],
      ['dim', '|'],
      ['loss', ''],
    ],
  ]);
  expect(text).toBe('Training data\n\n  <s>|🙂x|\n');
  expect(styles.heading).toEqual([{ line: 0, from: 0, to: 13 }]);
  expect(styles.special).toEqual([{ line: 2, from: 2, to: 5 }]);
  expect(styles.loss).toEqual([{ line: 2, from: 6, to: 9 }]);
  expect(styles.dim).toEqual([
    { line: 2, from: 5, to: 6 },
    { line: 2, from: 9, to: 10 },
  ]);
});
