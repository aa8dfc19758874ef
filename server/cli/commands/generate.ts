import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import type { GenerationSettings } from '../../protocol/generation.ts';
import type { JobItem } from '../../protocol/jobs.ts';
import { isChatTemplateName } from '../../recipe/chat-templates.ts';
import { backendOption, backendParam } from '../backend-option.ts';
import { command, positiveNumber, usageError, wholeNumber } from '../command.ts';
import { type Io, plain } from '../output.ts';
import { work } from '../processes.ts';
import { promptsOf } from '../prompts.ts';
import { adapterOf, baseOf, type Weights, weightsOf } from '../weights.ts';

export const generate = command({
  name: 'generate',
  summary: 'Continue prompts with a model or with the result of a run.',
  positionals: ['RUN_OR_MODEL'],
  options: {
    prompt: { type: 'string', short: 'p', value: 'TEXT', multiple: true, doc: 'What to go on from; may be repeated.' },
    'prompt-file': {
      type: 'string',
      value: 'FILE',
      multiple: true,
      doc: 'A text file that is a prompt; a .jsonl file with a `prompt` in each line; - for standard input.',
    },
    adapter: {
      type: 'string',
      value: 'DIR',
      doc: 'An adapter folder in PEFT format, or a run directory, to put on the model.',
    },
    'no-adapter': { type: 'boolean', doc: 'The base of the run alone.' },
    'max-new-tokens': { type: 'string', short: 'n', value: 'N', doc: 'Stop after this many tokens (default 64).' },
    temperature: { type: 'string', value: 'T', doc: '0 takes the likeliest token each time (default 0).' },
    'top-k': { type: 'string', value: 'K', doc: 'Draw from the K likeliest tokens only (default 0: all).' },
    'top-p': {
      type: 'string',
      value: 'P',
      doc: 'Draw from the likeliest tokens of probability P together (default 1).',
    },
    'repetition-penalty': {
      type: 'string',
      value: 'X',
      doc: 'Above 1: tokens of the text become unlikelier (default 1).',
    },
    stop: { type: 'string', value: 'TEXT', multiple: true, doc: 'End before this text; may be repeated.' },
    seed: { type: 'string', value: 'N', doc: 'For temperatures above 0 (default 42).' },
    chat: { type: 'boolean', doc: "The prompt is a user's message, in the model's chat template." },
    system: { type: 'string', value: 'TEXT', doc: 'With --chat: what the model is told before.' },
    'chat-template': {
      type: 'string',
      value: 'NAME|FILE',
      doc: 'With --chat: another template, as in data.chat_template.',
    },
    backend: backendOption,
  },
  details:
    'Texts appear as they are written. With --json there is one object a line for each prompt: text, reason (end, stop, length), tokens, seconds.\n' +
    'docs/GENERATION.md says what the settings mean.',
  async run({ positionals: [given], options, io }) {
    const settings: GenerationSettings = {
      maxNewTokens: wholeNumber('max-new-tokens', options['max-new-tokens'], 64, 1),
      temperature: positiveNumber('temperature', options.temperature, 0),
      topK: wholeNumber('top-k', options['top-k'], 0),
      topP: share(options['top-p']),
      repetitionPenalty: penalty(options['repetition-penalty']),
      stop: stops(options.stop),
      seed: wholeNumber('seed', options.seed, 42),
      ...chatOf(options),
    };
    for (const option of ['top-k', 'top-p'] as const)
      if (options[option] !== undefined && settings.temperature === 0)
        throw usageError(`--${option} is for a --temperature above 0.`, 'At 0 the likeliest token is taken each time.');
    const prompts = promptsOf(options.prompt, options['prompt-file']);
    const params = { ...weights(given!, options.adapter, options['no-adapter']), prompts, settings };
    const show = shower(io, prompts);
    try {
      await work('generate', { ...params, ...backendParam(options.backend) }, { onItem: show });
    } catch (error) {
      // The text so far keeps its line to itself.
      if (error instanceof RankwiseError && error.code === 'stopped') io.say('');
      throw error;
    }
    return 0;
  },
});

function chatOf(options: {
  chat?: boolean | undefined;
  system?: string | undefined;
  'chat-template'?: string | undefined;
}): Pick<GenerationSettings, 'chat'> {
  const { chat, system, 'chat-template': template } = options;
  if (!chat) {
    if (system !== undefined || template !== undefined)
      throw usageError(`--${system === undefined ? 'chat-template' : 'system'} goes with --chat.`);
    return {};
  }
  const named = template === undefined || isChatTemplateName(template) ? template : path.resolve(template);
  return { chat: { ...(named !== undefined && { template: named }), ...(system !== undefined && { system }) } };
}

function weights(given: string, adapter: string | undefined, without: boolean): Pick<Weights, 'model' | 'adapter'> {
  if (without && adapter !== undefined) throw usageError('--adapter and --no-adapter exclude each other.');
  const found = weightsOf(given);
  // What a run trained of the whole model has its base elsewhere, too.
  if (without) return { model: found.run === undefined ? found.model : baseOf(found.run) };
  const chosen = adapter === undefined ? found.adapter : adapterOf(adapter);
  return { model: found.model, ...(chosen && { adapter: chosen }) };
}

/** A text a prompt; before each of several, which one it is. */
function shower(io: Io, prompts: readonly string[]): (item: JobItem<'generate'>) => void {
  let shown = -1;
  return (item) => {
    if (prompts.length > 1 && item.prompt !== shown) {
      shown = item.prompt;
      const [line] = plain(prompts[shown]!).trim().split('\n', 1);
      io.say(io.paint('dim', `--- ${shown + 1}/${prompts.length}: ${line!.slice(0, 60)}`));
    }
    if (item.type === 'ended') {
      io.value(item.generated);
      io.say('');
    } else if (!io.json) io.write(io.live ? plain(item.text) : item.text);
  };
}

function share(text: string | undefined): number {
  const value = positiveNumber('top-p', text, 1);
  if (value > 0 && value <= 1) return value;
  throw usageError(`--top-p must be a number above 0 and at most 1, not ${JSON.stringify(text)}.`);
}

function penalty(text: string | undefined): number {
  const value = positiveNumber('repetition-penalty', text, 1);
  if (value > 0) return value;
  throw usageError('--repetition-penalty must be above 0.', '1 changes nothing.');
}

function stops(given: readonly string[] = []): string[] {
  if (given.includes('')) throw usageError('--stop needs a text.');
  return [...given];
}
