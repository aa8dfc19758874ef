import type { Task } from '../recipe/types.ts';

/** What the labels of a task are: the token that follows each token, tokens of another text, a class of each row, a number of each row. */
export type LabelKind = 'next-token' | 'target-token' | 'class' | 'number';

const kinds: Record<Task, LabelKind> = {
  'causal-lm': 'next-token',
  seq2seq: 'target-token',
  'sequence-classification': 'class',
  'image-classification': 'class',
  regression: 'number',
};

export const labelKind = (task: Task): LabelKind => kinds[task];

/** Whether labels stand beside tokens, not one to a row. */
export const labelsTokens = (task: Task): boolean => kinds[task].endsWith('token');
