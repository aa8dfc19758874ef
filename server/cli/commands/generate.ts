import { backendOption, backendParam } from '../backend-option.ts';
import { command, positiveNumber, wholeNumber } from '../command.ts';
import { work } from '../processes.ts';
import { adapterOf, weightsOf } from '../weights.ts';

export const generate = command({
  name: 'generate',
  summary: 'Continue a prompt with a model or with the result of a run.',
  positionals: ['RUN_OR_MODEL'],
  options: {
    prompt: { type: 'string', short: 'p', value: 'TEXT', required: true, doc: 'What to go on from.' },
    adapter: {
      type: 'string',
      value: 'DIR',
      doc: 'An adapter folder in PEFT format, or a run directory, to put on the model.',
    },
    'max-new-tokens': { type: 'string', short: 'n', value: 'N', doc: 'Stop after this many tokens (default 64).' },
    temperature: { type: 'string', value: 'T', doc: '0 takes the likeliest token each time (default 0).' },
    seed: { type: 'string', value: 'N', doc: 'For temperatures above 0 (default 42).' },
    backend: backendOption,
  },
  async run({ positionals: [given], options, io }) {
    const settings = {
      maxNewTokens: wholeNumber('max-new-tokens', options['max-new-tokens'], 64, 1),
      temperature: positiveNumber('temperature', options.temperature, 0),
      seed: wholeNumber('seed', options.seed, 42),
      ...backendParam(options.backend),
    };
    const weights = weightsOf(given!);
    const adapter = options.adapter === undefined ? weights.adapter : adapterOf(options.adapter);
    const params = { model: weights.model, ...(adapter && { adapter }), prompt: options.prompt, ...settings };
    const { text } = await work('generate', params, { onChunk: (chunk) => io.json || io.write(chunk) });
    io.value({ text });
    io.say('');
    return 0;
  },
});
