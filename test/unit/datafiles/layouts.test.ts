import { expect, test } from 'vitest';
import { layoutOf } from '../../../server/datafiles/layouts.ts';

test('without names, the columns tell the layout', () => {
  expect(layoutOf('causal-lm', {}, ['completion', 'prompt', 'text'], 'f').name).toBe('prompt-completion');
  expect(layoutOf('causal-lm', {}, ['text'], 'f').name).toBe('text');
  expect(layoutOf('causal-lm', {}, ['input_ids', 'labels'], 'f')).toEqual({
    name: 'tokens',
    columns: { input_ids: 'input_ids', labels: 'labels' },
  });
});

test('names map roles to columns; those not named keep their own', () => {
  expect(layoutOf('sequence-classification', { text: 'sentence' }, ['sentence', 'label'], 'f')).toEqual({
    name: 'text-label',
    columns: { text: 'sentence', label: 'label' },
  });
});

test('a column that is not there: the message lists what is', () => {
  expect(() => layoutOf('sequence-classification', { text: 'sentense' }, ['sentence', 'label'], 'd.csv')).toThrowError(
    expect.objectContaining({
      code: 'missing-column',
      message: 'd.csv: no column "sentense"; there are: sentence, label.',
      hint: 'Say which column it is: data.columns: {text: sentence}',
    }),
  );
});

test('conversations and instructions, under their own names and those that are usual elsewhere', () => {
  const of = (named: Record<string, string>, found: string[]) => layoutOf('causal-lm', named, found, 'f');
  expect(of({}, ['prompt', 'messages', 'text'])).toEqual({ name: 'messages', columns: { messages: 'messages' } });
  expect(of({ messages: 'chat' }, ['chat', 'text'])).toEqual({ name: 'messages', columns: { messages: 'chat' } });
  expect(of({}, ['id', 'conversations'])).toEqual({ name: 'messages', columns: { messages: 'conversations' } });
  expect(of({}, ['instruction', 'input', 'output', 'text'])).toEqual({
    name: 'instruction',
    columns: { instruction: 'instruction', input: 'input', output: 'output' },
  });
  expect(of({}, ['instruction', 'context', 'response']).columns).toEqual({
    instruction: 'instruction',
    input: 'context',
    output: 'response',
  });
  expect(of({ instruction: 'q', output: 'a' }, ['q', 'a']).columns).toEqual({ instruction: 'q', output: 'a' });
});

test('roles that do not go together, and tasks without data', () => {
  const code = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(() => layoutOf('causal-lm', { prompt: 'a', text: 'b' }, ['a', 'b'], 'f'))).toBe('unknown-role');
  expect(code(() => layoutOf('question-answering', {}, ['a'], 'f'))).toBe('task-later');
});

test('an image is in the column of its role, else in that of metadata files', () => {
  const image = (named: Record<string, string>, found: string[]) =>
    layoutOf('image-classification', named, found, 'f').columns;
  expect(image({}, ['file_name', 'label'])).toEqual({ image: 'file_name', label: 'label' });
  expect(image({}, ['file_name', 'image', 'label'])).toEqual({ image: 'image', label: 'label' });
  expect(image({ image: 'picture', label: 'kind' }, ['kind', 'picture'])).toEqual({ image: 'picture', label: 'kind' });
  expect(() => image({}, ['picture', 'label'])).toThrow('no column "image"');
});
