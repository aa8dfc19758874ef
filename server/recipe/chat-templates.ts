/** Chat templates that `data.chat_template` knows by name; the texts are in `chat/well-known.ts`. */
export const chatTemplateNames = [
  'chatml',
  'llama-3',
  'llama-2',
  'mistral',
  'zephyr',
  'gemma',
  'phi-3',
  'vicuna',
] as const;

export type ChatTemplateName = (typeof chatTemplateNames)[number];

/** Anything else is the path of a file. */
export const isChatTemplateName = (text: string): text is ChatTemplateName =>
  (chatTemplateNames as readonly string[]).includes(text);
