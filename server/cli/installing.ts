/** `rankwise backend install NAME`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { install } from '../backends/install.ts';
import { installers } from '../backends/registry.ts';
import type { Installer } from '../backends/types.ts';
import { nearest } from '../base/suggest.ts';
import { duration } from '../base/units.ts';
import { homeFolder } from '../wire/places.ts';
import { type ExitCode, usageError } from './command.ts';
import type { Io } from './output.ts';
import { work } from './processes.ts';
import { stepPrinter } from './steps.ts';

export interface InstallOptions {
  cuda: boolean;
  python: string | undefined;
  binding: string | undefined;
}

/** Errors: `usage`, and those of installing. */
export async function installBackend(name: string, options: InstallOptions, io: Io): Promise<ExitCode> {
  const installer = demandInstaller(name);
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
}

function demandInstaller(name: string): Installer {
  const names = installers.map((installer) => installer.name);
  const found = installers.find((installer) => installer.name === name);
  if (found) return found;
  const near = nearest(name, names);
  throw usageError(
    `There is no backend ${JSON.stringify(name)} to install.`,
    near ? `Did you mean ${near}?` : `Backends: ${names.join(', ')}. onnxruntime and webgpu need no installation.`,
  );
}
