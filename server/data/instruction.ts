import { completed } from './prompt-completion.ts';
import type { RowEncoder } from './row.ts';

const begin = 'Below is an instruction that describes a task';
const end = 'Write a response that appropriately completes the request.';

/** The prompt of Alpaca (Taori et al. 2023). */
export const alpacaPrompt = (instruction: string, input: string): string =>
  input === ''
    ? `${begin}. ${end}\n\n### Instruction:\n${instruction}\n\n### Response:\n`
    : `${begin}, paired with an input that provides further context. ${end}\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:\n`;

/** An instruction, what it is about (`input`, may be empty or absent) and the answer: Alpaca's prompt, loss on the answer and the end token. */
export const encodeInstruction: RowEncoder = (row, context) =>
  completed(
    alpacaPrompt(row.text('instruction'), row.has('input') ? row.text('input') : ''),
    row.text('output'),
    context,
  );
