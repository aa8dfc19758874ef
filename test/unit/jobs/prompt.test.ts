/** A prompt as it stands, and as a message. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';
import { promptReader } from '../../../server/jobs/generation/prompt.ts';
import { fixture } from '../models/tiny.ts';

const quickstart = path.resolve('examples/quickstart/model');

test('a message is what the template makes of it, with the beginning of the answer and no special tokens twice', () => {
  const tokenizer = loadTokenizer(quickstart);
  const { ids, hasChat } = promptReader(quickstart, tokenizer);
  expect(hasChat).toBe(true);
  expect(ids('Hi.', {})).toEqual(tokenizer.encode('User: Hi.\nAssistant:'));
  expect(tokenizer.decode(ids('Hi.', { template: 'chatml', system: 'Be brief.' }))).toContain('system\nBe brief.');
  expect(tokenizer.decode(ids('Hi.'))).toBe('Hi.');
});

test('a model without a template says so when it is talked to', () => {
  const folder = fixture('tokenizers/gpt2-bpe');
  const { ids, hasChat } = promptReader(folder, loadTokenizer(folder));
  expect(hasChat).toBe(false);
  expect(() => ids('Hi.', {})).toThrow(expect.objectContaining({ code: 'chat-template-missing' }));
});
