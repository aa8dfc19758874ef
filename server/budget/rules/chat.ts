import type { ErrorData } from '../../base/errors.ts';
import type { Finding } from '../finding.ts';
import { sentence } from './model.ts';
import type { Rule } from './rule.ts';

/** A chat template that is none, and conversations that it does not take. */
export const chat: Rule = {
  codes: ['bad-chat-template', 'chat-template-refused'],
  severity: 'error',
  check({ document, world: { chat: facts = {} } }) {
    const { template, train, validation, prompt } = facts;
    const finding = (error: ErrorData, path: string): Finding => ({ code: error.code, message: sentence(error), path });
    // That there is none has a rule of its own.
    if (template && template.code !== 'chat-template-missing')
      return [finding(template, document.has('data.chat_template') ? 'data.chat_template' : 'model.path')];
    return [
      ...(train ? [finding(train, 'data.train')] : []),
      ...(validation ? [finding(validation, 'data.validation')] : []),
      ...(prompt ? [finding(prompt.error, `training.samples.prompts.${prompt.index}`)] : []),
    ];
  },
};
