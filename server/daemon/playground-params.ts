/** The parameters of a playground's requests, checked. Errors: `bad-request`. */
import type {
  ChatSettings,
  GenerationSettings,
  PlaygroundAsk,
  PlaygroundParams,
  WriterSource,
} from '../protocol/generation.ts';
import { absolutePath, badRequest, objectOf, textOf } from './params.ts';

type Given = Record<string, unknown>;

export function playgroundParams(params: Given): PlaygroundParams {
  const base = sourceOf(objectOf(params.base, 'base'));
  return params.adapted === undefined ? { base } : { base, adapted: sourceOf(objectOf(params.adapted, 'adapted')) };
}

const sourceOf = (source: Given): WriterSource => ({
  model: absolutePath(source, 'model'),
  ...(source.adapter !== undefined && { adapter: absolutePath(source, 'adapter') }),
});

export const playgroundId = (params: Given): string => textOf(params, 'playground');

export function playgroundAsk(params: Given): PlaygroundAsk {
  const ask = objectOf(params.ask, 'ask');
  const id = textOf(ask, 'id');
  if (ask.type === 'stop') return { type: 'stop', id };
  if (ask.type !== 'write') throw badRequest('ask.type', 'write or stop');
  const { sides, prompt } = ask;
  if (!Array.isArray(sides) || sides.length === 0 || sides.some((side) => side !== 'base' && side !== 'adapted'))
    throw badRequest('ask.sides', 'a list of base and adapted');
  if (typeof prompt !== 'string') throw badRequest('ask.prompt', 'a text');
  const settings = settingsOf(objectOf(ask.settings, 'settings'));
  return { type: 'write', id, sides: [...new Set(sides)], prompt, settings, weight: numberOf(ask, 'weight', 0, 2) };
}

function settingsOf(given: Given): GenerationSettings {
  const { stop } = given;
  if (!Array.isArray(stop) || stop.some((text) => typeof text !== 'string' || text === ''))
    throw badRequest('stop', 'a list of texts');
  const whole = (field: string, least: number) => Math.floor(numberOf(given, field, least, 2 ** 31 - 1));
  return {
    maxNewTokens: whole('maxNewTokens', 1),
    temperature: numberOf(given, 'temperature', 0, 1000),
    topK: whole('topK', 0),
    topP: numberOf(given, 'topP', Number.MIN_VALUE, 1),
    repetitionPenalty: numberOf(given, 'repetitionPenalty', Number.MIN_VALUE, 1000),
    stop,
    seed: whole('seed', 0),
    ...(given.chat !== undefined && { chat: chatOf(objectOf(given.chat, 'chat')) }),
  };
}

const chatOf = (chat: Given): ChatSettings => ({
  ...(chat.template !== undefined && { template: textOf(chat, 'template') }),
  ...(chat.system !== undefined && { system: textOf(chat, 'system') }),
});

function numberOf(params: Given, field: string, least: number, most: number): number {
  const value = params[field];
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw badRequest(field, `a number from ${least} to ${most}`);
}
