import path from 'node:path';
import { pythonOf } from '../../exchange/python.ts';
import { command } from '../command.ts';
import { demandRecipe } from '../recipe.ts';
import { shortPath } from '../report.ts';
import { writeNew } from '../text-file.ts';

export const python = command({
  name: 'python',
  summary: 'A recipe as Python code for transformers and Hugging Face PEFT.',
  positionals: ['RECIPE'],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      doc: 'The new file; must not exist. Without: standard output.',
    },
  },
  details: 'Where PEFT lacks the method the code loads the LoRA that `rankwise export RUN --format lora` writes.',
  async run({ positionals: [given], options: { output }, io }) {
    const { file, analysis, world } = await demandRecipe(given!, io);
    const { code, notes } = pythonOf(analysis.recipe!, analysis.methods, {
      ...world,
      ...analysis,
      folder: path.dirname(file),
    });
    const written = output === undefined ? undefined : writeNew(output, code);
    io.value({ code, notes, ...(written !== undefined && { path: written }) });
    io.say(written === undefined ? code.trimEnd() : shortPath(written));
    return 0;
  },
});
