import { existsSync } from 'node:fs';
import path from 'node:path';
import { install } from '../../backends/install.ts';
import { installers } from '../../backends/registry.ts';
import type { Installer } from '../../backends/types.ts';
import { nearest } from '../../base/suggest.ts';
import { duration } from '../../base/units.ts';
import { homeFolder } from '../../wire/places.ts';
import { command, usageError } from '../command.ts';
import { table } from '../output.ts';
import { work } from '../processes.ts';
import { stepPrinter } from '../steps.ts';

const list = table(installers.map(({ name, summary }) => [`  ${name}`, summary])).join('\n');

export const backend = command({
  name: 'backend',
  summary: 'Install a backend: `rankwise backend install NAME`.',
  positionals: ['install', 'NAME'],
  options: {
    cuda: { type: 'boolean', doc: 'For an NVIDIA GPU.' },
    python: {
      type: 'string',
      value: 'PATH',
      doc: 'A Python, or the folder of its environment, whose TensorFlow is used; without one there, its pip downloads it.',
    },
    binding: { type: 'string', value: 'FILE', doc: 'A compiled tfjs_binding.node, where there is no C++ compiler.' },
  },
  details: `Backends:\n${list}\n\nThey go into the folder \`backends\` of $RANKWISE_HOME. What is there and works is left alone; \`rankwise doctor\` says what starts.`,
  async run({ positionals: [verb, name], options, io }) {
    if (verb !== 'install')
      throw usageError(`\`rankwise backend\` has no ${JSON.stringify(verb)}.`, 'Use `rankwise backend install NAME`.');
    const installer = demandInstaller(name!);
    // A Python may also be a command on the PATH.
    const resolved = (given = '') => (existsSync(given) ? path.resolve(given) : given);
    const [python, binding] = [resolved(options.python), resolved(options.binding)];
    const request = { cuda: options.cuda, ...(python && { python }), ...(binding && { binding }) };
    const steps = stepPrinter(io);
    const controller = new AbortController();
    const stop = () => controller.abort();
    process.on('SIGINT', stop);
    const began = performance.now();
    try {
      const { folder, changed, report } = await install(installer, {
        home: homeFolder(),
        request,
        ...steps,
        check: async (installed) => (await work('doctor', { installed, only: installer.name })).backends[0]!,
        signal: controller.signal,
      });
      steps.end();
      io.value({ backends: [report], folder, changed });
      const took = duration((performance.now() - began) / 1000);
      io.say(
        `${installer.name} ${report.version}: ${changed ? `installed in ${took}` : 'is installed already'}, ${folder}`,
      );
      if (report.reason) io.say(`${report.reason} ${report.fix ?? ''}`.trim());
      else if (changed) io.say(`Recipes use it with \`training: {backend: ${installer.name}}\`.`);
      return 0;
    } finally {
      steps.end();
      process.off('SIGINT', stop);
    }
  },
});

/** Errors: `usage`. */
function demandInstaller(name: string): Installer {
  const names = installers.map((installer) => installer.name);
  const found = installers.find((installer) => installer.name === name);
  if (found) return found;
  const near = nearest(name, names);
  throw usageError(
    `There is no backend ${JSON.stringify(name)} to install.`,
    near ? `Did you mean ${near}?` : `Backends: ${names.join(', ')}. onnxruntime needs no installation.`,
  );
}
