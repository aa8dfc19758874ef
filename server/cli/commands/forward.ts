import path from 'node:path';
import { backendOption, backendParam } from '../backend-option.ts';
import { command } from '../command.ts';
import { work } from '../processes.ts';
import { adapterOf } from '../weights.ts';

export const forward = command({
  name: 'forward',
  summary: 'Logits of a model for given token ids or images: the window for parity checks.',
  positionals: ['MODEL'],
  options: {
    input: {
      type: 'string',
      value: 'FILE',
      required: true,
      doc: '{"input_ids": [[…]], "attention_mask"?, "token_type_ids"?}, or {"pixel_values": [[[[…]]]]} for images',
    },
    adapter: {
      type: 'string',
      value: 'DIR',
      doc: 'An adapter folder in PEFT format, or a run directory, to put on the model.',
    },
    backend: backendOption,
  },
  async run({ positionals: [model], options: { input, adapter, backend }, io }) {
    const result = await work('forward', {
      model: model!,
      inputFile: path.resolve(input),
      ...backendParam(backend),
      ...(adapter !== undefined && { adapter: adapterOf(adapter) }),
    });
    io.value(result);
    io.say(`logits [${result.shape.join(', ')}]`);
    io.say(JSON.stringify(result.logits));
    return 0;
  },
});
