import { installers } from '../../backends/registry.ts';
import { calibrateBackends } from '../calibrating.ts';
import { command, usageError } from '../command.ts';
import { installBackend } from '../installing.ts';
import { table } from '../output.ts';

const list = table(installers.map(({ name, summary }) => [`  ${name}`, summary])).join('\n');

export const backend = command({
  name: 'backend',
  summary: 'Install a backend, or measure which is fastest: `install NAME`, `calibrate RECIPE`.',
  positionals: ['install|calibrate', 'NAME|RECIPE'],
  options: {
    cuda: { type: 'boolean', doc: 'install: for an NVIDIA GPU.' },
    python: {
      type: 'string',
      value: 'PATH',
      doc: 'install: a Python, or the folder of its environment, whose TensorFlow is used; without one there, its pip downloads.',
    },
    binding: {
      type: 'string',
      value: 'FILE',
      doc: 'install: a compiled tfjs_binding.node, where there is no C++ compiler.',
    },
  },
  details:
    `Backends to install:\n${list}\n\nThey go into the folder \`backends\` of $RANKWISE_HOME. What is there and works is left alone; \`rankwise doctor\` says what starts.\n\n` +
    '`calibrate` measures a training step of a recipe on each backend that starts here, and keeps the figures: `training.backend: auto` goes by\n' +
    'them. A run measures by itself at first use; this measures again, after a change of drivers for example.',
  async run({ positionals: [verb, name], options, io }) {
    if (verb === 'install') return installBackend(name!, options, io);
    if (verb === 'calibrate') return calibrateBackends(name!, io);
    throw usageError(
      `\`rankwise backend\` has no ${JSON.stringify(verb)}.`,
      'Use `rankwise backend install NAME` or `rankwise backend calibrate RECIPE`.',
    );
  },
});
