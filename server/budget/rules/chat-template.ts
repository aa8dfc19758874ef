import { isLayout } from '../../datafiles/layouts.ts';
import { chatTemplateNames } from '../../recipe/chat-templates.ts';
import { sentence } from './model.ts';
import type { Rule } from './rule.ts';

/** Conversations and samples of chats need a chat template: the model's own, or one that the recipe names. */
export const chatTemplate: Rule = {
  codes: ['chat-template-missing'],
  severity: 'information',
  atLaunch: 'error',
  check({ recipe, document, world: { model, data, chat } }) {
    const columns = data?.train?.columns ?? [];
    const unread = chat?.template;
    // Named, and not there.
    if (unread?.code === 'chat-template-missing' && document.has('data.chat_template'))
      return [{ code: unread.code, message: sentence(unread), path: 'data.chat_template', severity: 'error' }];
    if (!model || !recipe.data || model.chatTemplate || recipe.data.chat_template !== undefined) return [];
    const conversations = isLayout('messages', recipe.model.task, recipe.data.columns, columns);
    const chats = recipe.training.samples?.chat === true;
    if (!conversations && !chats) return [];
    const message = `The model has no chat template, so conversations cannot become text. Name one with \`data.chat_template\`: ${chatTemplateNames.map((name) => `\`${name}\``).join(', ')}, or the path of a \`.jinja\` file.`;
    return [{ code: 'chat-template-missing', message, path: conversations ? 'data.train' : 'training.samples.chat' }];
  },
};
