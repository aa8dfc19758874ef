/** The chat template that a run uses: the one that the recipe names, else the model's own. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { chatTemplateNames, isChatTemplateName } from '../recipe/chat-templates.ts';
import { ChatTemplate } from './template.ts';
import { wellKnown } from './well-known.ts';

/** A template, and where it stands. */
export interface FoundTemplate {
  template: ChatTemplate;
  /** A file, or the name of a well-known template. */
  from: string;
}

/**
 * `named`: the tokenizer's special tokens by name. `wanted` is the recipe's `data.chat_template`: a name or the path of a file. Without it chat_template.jinja of the model's folder,
 * else `chat_template` of tokenizer_config.json (of several that named `default`). Throws `chat-template-missing`, `bad-chat-template`.
 */
export function loadChatTemplate(
  folder: string,
  { named }: { named: Record<string, string> },
  wanted?: string,
): FoundTemplate {
  const found = sourceOf(folder, wanted);
  if (!found)
    throw new RankwiseError(
      'chat-template-missing',
      `${folder} has no chat template, so a conversation cannot become text.`,
      {
        file: path.join(folder, 'tokenizer_config.json'),
        field: 'data.chat_template',
        hint: `Name one, as data.chat_template of the recipe or as --chat-template: ${chatTemplateNames.join(' | ')}, or the path of a .jinja file.`,
      },
    );
  const { source, from } = found;
  if (from === wanted && isChatTemplateName(wanted) && source.includes('eos_token') && named.eos_token === undefined)
    throw new RankwiseError(
      'bad-chat-template',
      `The chat template ${from} ends answers with the end token, and the tokenizer in ${folder} names none.`,
      { field: 'data.chat_template', hint: 'Set eos_token in tokenizer_config.json, or take `chatml`.' },
    );
  try {
    return { template: new ChatTemplate(source, named), from };
  } catch (error) {
    throw new RankwiseError(
      'bad-chat-template',
      `${from}: the chat template cannot be read: ${(error as Error).message}`,
      {
        ...(existsSync(from) && { file: from }),
        field: 'data.chat_template',
        hint: 'Correct the template, or name another with data.chat_template.',
      },
    );
  }
}

function sourceOf(folder: string, wanted: string | undefined): { source: string; from: string } | undefined {
  if (wanted !== undefined) {
    if (isChatTemplateName(wanted)) return { source: wellKnown[wanted], from: wanted };
    return { source: read(wanted), from: wanted };
  }
  const file = path.join(folder, 'chat_template.jinja');
  if (existsSync(file)) return { source: read(file), from: file };
  const config = path.join(folder, 'tokenizer_config.json');
  if (!existsSync(config)) return undefined;
  const { chat_template: given } = JSON.parse(read(config)) as { chat_template?: unknown };
  const source = Array.isArray(given) ? (given.find(({ name }) => name === 'default') ?? given[0])?.template : given;
  return typeof source === 'string' ? { source, from: config } : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RankwiseError(
      'chat-template-missing',
      `The chat template ${file} cannot be read: ${(cause as Error).message}`,
      {
        file,
        field: 'data.chat_template',
        hint: `Correct the path, or name one of ${chatTemplateNames.join(', ')}.`,
        cause,
      },
    );
  }
}
