/** From a row of the data to what the model is given, as Rankwise encodes it. */
import type { Task } from '../recipe/types.ts';
import { pythonValue } from './python-text.ts';

/** Alpaca's prompt, as a row of an instruction is encoded here. */
function instruction(column: (role: string) => string, input: boolean, length: number): string {
  const given = input ? column('input') : '""';
  return [
    `given = ${given} or ""`,
    'context = ", paired with an input that provides further context" if given else ""',
    'prompt = f"Below is an instruction that describes a task{context}. Write a response that appropriately completes the request.\\n\\n"',
    `prompt += "### Instruction:\\n" + ${column('instruction')} + "\\n\\n"`,
    'prompt += f"### Input:\\n{given}\\n\\n" if given else ""',
    'prompt += "### Response:\\n"',
    'prefix = tokenizer(prompt)["input_ids"]',
    `ids = (tokenizer(prompt + ${column('output')})["input_ids"] + [tokenizer.eos_token_id])[:${length}]`,
    'labels = ([-100] * len(prefix) + ids[len(prefix):])[: len(ids)]',
    'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}',
  ].join('\n');
}

/** The body of `encode(row)`: `input_ids` and `labels`. */
export function encoding(task: Task, roles: Readonly<Record<string, string>>, length: number): string {
  const column = (role: string): string => `row[${pythonValue(roles[role])}]`;
  const has = (role: string): boolean => roles[role] !== undefined;
  if (has('input_ids'))
    return `return {${Object.keys(roles)
      .map((role) => `${pythonValue(role)}: ${column(role)}`)
      .join(', ')}}`;
  if (task === 'seq2seq') return sourceTarget(column, length);
  if (has('prompt') && has('completion'))
    return [
      `prompt = tokenizer(${column('prompt')})["input_ids"]`,
      `ids = tokenizer(${column('prompt')} + ${column('completion')})["input_ids"] + [tokenizer.eos_token_id]`,
      `labels = [-100] * len(prompt) + ids[len(prompt):]`,
      `return {"input_ids": ids[:${length}], "attention_mask": [1] * len(ids[:${length}]), "labels": labels[:${length}]}`,
    ].join('\n');
  if (has('instruction') && has('output')) return instruction(column, has('input'), length);
  if (has('messages')) return conversation(roles.messages!, length);
  const texts = ['text', 'text_pair'].filter(has).map(column).join(', ');
  if (has('label'))
    return [
      `encoded = tokenizer(${texts}, truncation=True, max_length=${length})`,
      `return {**encoded, "labels": ${column('label')}}`,
    ].join('\n');
  return [
    `ids = (tokenizer(${texts || 'row["text"]'})["input_ids"] + [tokenizer.eos_token_id])[:${length}]`,
    'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": ids}',
  ].join('\n');
}

/** A text for the encoder, and the one that the decoder learns to write. */
const sourceTarget = (column: (role: string) => string, length: number): string =>
  [
    `encoded = tokenizer(${column('prompt')}, truncation=True, max_length=${length})`,
    `written = tokenizer(text_target=${column('completion')}, truncation=True, max_length=${length})`,
    'return {**encoded, "labels": written["input_ids"]}',
  ].join('\n');

/** Loss on the answers alone: an answer is what it adds to the text before it with the prompt for an answer. */
function conversation(messages: string, length: number): string {
  return [
    `messages = ${messages === 'conversations' ? shareGpt : `row[${pythonValue(messages)}]`}`,
    'text = tokenizer.apply_chat_template(messages, tokenize=False)',
    'encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)',
    'ids = encoded["input_ids"]',
    'labels = [-100] * len(ids)',
    'for i, message in enumerate(messages):',
    '    if message["role"] != "assistant":',
    '        continue',
    '    before = tokenizer.apply_chat_template(messages[:i], tokenize=False, add_generation_prompt=True)',
    '    after = tokenizer.apply_chat_template(messages[: i + 1], tokenize=False)',
    '    if not (text.startswith(before) and text.startswith(after)):',
    '        raise ValueError("the chat template writes a conversation differently as it grows")',
    '    end = len(after.rstrip())  # the line break behind the end of an answer carries no loss',
    '    for at, (first, last) in enumerate(encoded["offset_mapping"]):',
    '        if first < end and last > len(before):',
    '            labels[at] = ids[at]',
    `ids, labels = ids[:${length}], labels[:${length}]`,
    'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}',
  ].join('\n');
}

const shareGpt =
  '[{"role": {"human": "user", "gpt": "assistant"}.get(m["from"], m["from"]), "content": m["value"]} for m in row["conversations"]]';
